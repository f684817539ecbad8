# Every library is Debian 12's; deploy/dev/packages.txt names the packages.
find_package(PkgConfig REQUIRED)
foreach(dep libuv openssl libxml-2.0 rdkafka libpq hiredis libprotobuf-c jansson inih zlib libnghttp2 libcurl)
	string(REGEX REPLACE "[^A-Za-z0-9]" "_" var ${dep})
	pkg_check_modules(${var} REQUIRED IMPORTED_TARGET ${dep})
endforeach()
pkg_check_modules(cmocka IMPORTED_TARGET cmocka)
find_program(PROTOC_C protoc-c REQUIRED)

# llhttp: C sources of the package node-llhttp. Strict mode, else a bare CR smuggles a header.
set(LLHTTP_DIR /usr/share/llhttp)
set(LLHTTP_INCLUDE /usr/share/include/llhttp)
if(NOT EXISTS ${LLHTTP_DIR}/llhttp.c)
	message(FATAL_ERROR "llhttp's sources are not in ${LLHTTP_DIR}: install node-llhttp")
endif()
add_library(llhttp STATIC ${LLHTTP_DIR}/api.c ${LLHTTP_DIR}/http.c ${LLHTTP_DIR}/llhttp.c)
target_include_directories(llhttp SYSTEM PUBLIC ${LLHTTP_INCLUDE})
target_compile_definitions(llhttp PUBLIC LLHTTP_STRICT_MODE=1)
target_compile_options(llhttp PRIVATE -w)
