/* Records of Kafka as JSON: by the descriptors that protobuf-c has of them. */
#include "record_json.h"

#include "alarm_event.pb-c.h"
#include "device_event.pb-c.h"
#include "file_event.pb-c.h"
#include "hms/base/encode.h"
#include "hms/cwmp/redact.h"
#include "work.pb-c.h"

enum { BYTES_SHOWN = 64, UUID_BYTES = 16 };

static json_t *message_json(const ProtobufCMessage *message);

static json_t *bytes_json(const ProtobufCBinaryData *data)
{
	char text[2 * BYTES_SHOWN + 1];

	if (data->len == UUID_BYTES)
		hms_uuid_text(data->data, text);
	else if (data->len <= BYTES_SHOWN)
		hms_hex(data->data, data->len, text);
	else
		return json_pack("{s:I}", "bytes", (json_int_t)data->len);
	return json_string(text);
}

static json_t *enum_json(const ProtobufCFieldDescriptor *field, int value)
{
	const ProtobufCEnumValue *named = protobuf_c_enum_descriptor_get_value(field->descriptor, value);

	return named ? json_string(named->name) : json_integer(value);
}

/* Ids are larger than the integers of many JSON readers. */
static json_t *large_json(uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	return json_string(text);
}

static json_t *value_json(const ProtobufCFieldDescriptor *field, const void *at)
{
	switch (field->type) {
	case PROTOBUF_C_TYPE_MESSAGE:
		return *(void *const *)at ? message_json(*(ProtobufCMessage *const *)at) : json_null();
	case PROTOBUF_C_TYPE_STRING:
		return *(char *const *)at ? json_string(*(char *const *)at) : json_null();
	case PROTOBUF_C_TYPE_BYTES:
		return bytes_json(at);
	case PROTOBUF_C_TYPE_BOOL:
		return json_boolean(*(const protobuf_c_boolean *)at);
	case PROTOBUF_C_TYPE_ENUM:
		return enum_json(field, *(const int *)at);
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
		return json_integer(*(const uint32_t *)at);
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
		return json_integer(*(const int32_t *)at);
	default:
		return large_json(*(const uint64_t *)at);
	}
}

static size_t size_of(const ProtobufCFieldDescriptor *field)
{
	switch (field->type) {
	case PROTOBUF_C_TYPE_BYTES:
		return sizeof(ProtobufCBinaryData);
	case PROTOBUF_C_TYPE_MESSAGE:
	case PROTOBUF_C_TYPE_STRING:
		return sizeof(void *);
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return sizeof(uint64_t);
	default:
		return sizeof(uint32_t);
	}
}

static json_t *list_json(const ProtobufCFieldDescriptor *field, const char *items, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, value_json(field, items + i * size_of(field)));
	return list;
}

/* Members of a oneof share their place: only the one that is set is read. */
static bool is_set(const ProtobufCFieldDescriptor *field, const char *base)
{
	return !(field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) || *(const uint32_t *)(base + field->quantifier_offset) == field->id;
}

static void hide(json_t *object)
{
	static const char *const names[] = { "name", "path" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *name = json_string_value(json_object_get(object, names[i]));

		if (name && json_object_get(object, "value") && hms_cwmp_is_secret(hms_str(name)))
			json_object_set_new(object, "value", json_string(HMS_CWMP_REDACTED));
	}
}

static json_t *message_json(const ProtobufCMessage *message)
{
	const char *base = (const char *)message;
	json_t *object = json_object();

	for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];

		if (field->label == PROTOBUF_C_LABEL_REPEATED)
			json_object_set_new(object, field->name,
					    list_json(field, *(char *const *)(base + field->offset),
						      *(const size_t *)(base + field->quantifier_offset)));
		else if (is_set(field, base))
			json_object_set_new(object, field->name, value_json(field, base + field->offset));
	}
	hide(object);
	return object;
}

json_t *nbi_record_json(struct hms_str topic, struct hms_str bytes)
{
	static const struct {
		const char *topic;
		const ProtobufCMessageDescriptor *descriptor;
	} known[] = {
		{ "hms.device-events", &hms__device_event__descriptor },
		{ "hms.files", &hms__file_event__descriptor },
		{ "hms.alarms", &hms__alarm_event__descriptor },
		{ "hms.work", &hms__work__descriptor },
	};
	ProtobufCMessage *message = NULL;
	json_t *out;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (hms_str_eqz(topic, known[i].topic))
			message = protobuf_c_message_unpack(known[i].descriptor, NULL, bytes.len, (const uint8_t *)bytes.p);
	if (!message)
		return json_null();
	out = message_json(message);
	protobuf_c_message_free_unpacked(message, NULL);
	return out;
}
