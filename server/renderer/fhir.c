#include "renderer/fhir.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/id.h"

enum { URN_BYTES = 64, DECIMAL_DIGITS = 15, HUNDRED = 100, HASH_SEED = 1 };

void fhir_prepare(void)
{
    json_object_seed(HASH_SEED); /* one document of the server's own, in a process of its own */
}

void fhir_fail(struct fhir *fhir, status failure)
{
    if (ok(fhir->failure)) {
        fhir->failure = failure;
    }
}

static json_t *made(struct fhir *fhir, json_t *json)
{
    if (json == NULL) {
        fhir_fail(fhir, FAIL(INTERNAL));
    }
    return json;
}

json_t *fhir_object(struct fhir *fhir)
{
    return made(fhir, json_object());
}

json_t *fhir_array(struct fhir *fhir)
{
    return made(fhir, json_array());
}

json_t *fhir_string(struct fhir *fhir, const char *text)
{
    json_t *string = json_string(text);
    if (string == NULL) {
        fhir_fail(fhir, FAIL(PAPER_CONTENT)); /* not UTF-8 */
    }
    return string;
}

void fhir_put(struct fhir *fhir, json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0) {
        fhir_fail(fhir, FAIL(INTERNAL));
    }
}

void fhir_add(struct fhir *fhir, json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0) {
        fhir_fail(fhir, FAIL(INTERNAL));
    }
}

void fhir_text(struct fhir *fhir, json_t *object, const char *key, const char *text)
{
    fhir_put(fhir, object, key, fhir_string(fhir, text));
}

void fhir_number(struct fhir *fhir, json_t *object, const char *key, int64_t number)
{
    fhir_put(fhir, object, key, json_integer(number));
}

void fhir_date(struct fhir *fhir, json_t *object, const char *key, int64_t days)
{
    char text[32];
    if (days != 0) {
        const struct date date = date_from_days(days);
        (void)snprintf(text, sizeof text, "%04d-%02d-%02d", date.year, date.month, date.day);
        fhir_text(fhir, object, key, text);
    }
}

void fhir_instant(struct fhir *fhir, json_t *object, const char *key, int64_t wall_ms)
{
    char text[32] = "";
    struct tm utc;
    const time_t seconds = (time_t)(wall_ms / 1000);
    if (gmtime_r(&seconds, &utc) != NULL) {
        (void)strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    }
    fhir_text(fhir, object, key, text);
}

json_t *fhir_list(struct fhir *fhir, json_t *only)
{
    json_t *list = fhir_array(fhir);
    fhir_add(fhir, list, only);
    return list;
}

json_t *fhir_resource(struct fhir *fhir, const char *type)
{
    json_t *resource = fhir_object(fhir);
    fhir_text(fhir, resource, "resourceType", type);
    return resource;
}

json_t *fhir_coding(struct fhir *fhir, const char *system, const char *code)
{
    json_t *coding = fhir_object(fhir);
    fhir_text(fhir, coding, "system", system);
    fhir_text(fhir, coding, "code", code);
    return coding;
}

json_t *fhir_concept(struct fhir *fhir, const char *system, const char *code)
{
    json_t *concept = fhir_object(fhir);
    fhir_put(fhir, concept, "coding", fhir_list(fhir, fhir_coding(fhir, system, code)));
    return concept;
}

json_t *fhir_identifier(struct fhir *fhir, const char *system, const char *value)
{
    json_t *identifier = fhir_object(fhir);
    fhir_text(fhir, identifier, "system", system);
    fhir_text(fhir, identifier, "value", value);
    return identifier;
}

/* Printed with 15 digits: exact to the hundredth up to ten million million. */
json_t *fhir_decimal(struct fhir *fhir, int64_t hundredths)
{
    return made(fhir, json_real((double)hundredths / HUNDRED));
}

json_t *fhir_money(struct fhir *fhir, int64_t centimes)
{
    json_t *money = fhir_object(fhir);
    fhir_put(fhir, money, "value", fhir_decimal(fhir, centimes));
    fhir_text(fhir, money, "currency", "MAD");
    return money;
}

/* --- references --- */

/* A UUID of version 8: the kind and 118 bits of the id. */
static void urn_of(struct fhir *fhir, const char *text, enum fhir_kind kind, char out[URN_BYTES])
{
    struct id id = {{0}};
    const char *end = strchr(text, '_');
    char prefix[16] = "";
    if (end != NULL && (size_t)(end - text) < sizeof prefix) {
        memcpy(prefix, text, (size_t)(end - text));
    }
    if (!id_parse(bytes_str(text), prefix, &id)) {
        fhir_fail(fhir, FAIL(PAPER_CONTENT));
    }
    uint8_t *b = id.bytes;
    b[6] = (uint8_t)(0x80 | (uint8_t)kind);
    b[8] = (uint8_t)((b[8] & 0x3F) | 0x80);
    (void)snprintf(out, URN_BYTES,
                   "urn:uuid:%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
                   b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12],
                   b[13], b[14], b[15]);
}

json_t *fhir_reference(struct fhir *fhir, const char *id, enum fhir_kind kind)
{
    char urn[URN_BYTES];
    json_t *reference = fhir_object(fhir);
    urn_of(fhir, id, kind, urn);
    fhir_text(fhir, reference, "reference", urn);
    return reference;
}

void fhir_entry(struct fhir *fhir, json_t *entries, const char *id, enum fhir_kind kind,
                json_t *resource)
{
    char urn[URN_BYTES];
    json_t *entry = fhir_object(fhir);
    urn_of(fhir, id, kind, urn);
    fhir_text(fhir, resource, "id", urn + strlen("urn:uuid:"));
    fhir_text(fhir, entry, "fullUrl", urn);
    fhir_put(fhir, entry, "resource", resource);
    fhir_add(fhir, entries, entry);
}

/* --- writing --- */

struct writing {
    const struct paper_output *output;
    status failure;
};

static int write_some(const char *buffer, size_t size, void *data)
{
    struct writing *writing = data;
    writing->failure = writing->output->write(writing->output->ctx, bytes_of(buffer, size));
    return ok(writing->failure) ? 0 : -1;
}

status fhir_write(const struct fhir *fhir, const json_t *root, const struct paper_output *output)
{
    struct writing writing = {output, STATUS_OK};
    TRY(fhir->failure);
    int failed = json_dump_callback(root, write_some, &writing,
                                    JSON_COMPACT | JSON_REAL_PRECISION(DECIMAL_DIGITS));
    TRY(writing.failure);
    return failed == 0 ? STATUS_OK : FAIL(INTERNAL);
}
