# Warnings are errors everywhere; sanitizers and failpoints come with the preset.
add_compile_options(-Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith
	-Wwrite-strings -Wundef -Wvla -Wformat=2 -Wno-format-nonliteral -Wno-missing-field-initializers
	-fno-strict-aliasing -fno-common -fstack-protector-strong)
if(NOT CMAKE_BUILD_TYPE STREQUAL "Debug" AND NOT HMS_SANITIZE)
	add_compile_definitions(_FORTIFY_SOURCE=2)
endif()
add_compile_definitions(_GNU_SOURCE)
if(HMS_SANITIZE)
	add_compile_options(-fsanitize=${HMS_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
	add_link_options(-fsanitize=${HMS_SANITIZE})
endif()
if(HMS_FAILPOINTS)
	add_compile_definitions(HMS_FAILPOINTS=1)
endif()
