/* statement: `hayat statement`: has one made, reads it, checks it, keeps it with its signature; `hayat statement verify`
 * checks one offline, with nothing but the file, the signature and the fund's public key. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/defer.h"
#include "base/money.h"
#include "files.h"
#include "hayat.h"
#include "hayat/v1/claim.pb-c.h"
#include "journal.h"
#include "json_file.h"
#include "message_json.h"
#include "output.h"
#include "service/statement_verify.h"
#include "signature.h"
#include "usage.h"

enum { PIECE_BYTES = 65536 };

static const struct method CREATE = {"/hayat.v1.ClaimService/CreateStatement",
                                     &hayat__v1__create_statement_response__descriptor};

/* --- asking --- */

static bool format_of(const char *name, Hayat__V1__StatementFormat *ret)
{
    static const struct {
        const char *name;
        Hayat__V1__StatementFormat format;
    } formats[] = {
        {"pdf", HAYAT__V1__STATEMENT_FORMAT__STATEMENT_FORMAT_PDF},
        {"csv", HAYAT__V1__STATEMENT_FORMAT__STATEMENT_FORMAT_CSV},
        {"fhir", HAYAT__V1__STATEMENT_FORMAT__STATEMENT_FORMAT_FHIR},
    };
    for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
        if (strcmp(formats[i].name, name != NULL ? name : "pdf") == 0) {
            *ret = formats[i].format;
            return true;
        }
    }
    return false;
}

static bool date_of(const char *text, Google__Type__Date *ret)
{
    struct date date;
    if (text == NULL || !date_parse(text, &date)) {
        return false;
    }
    *ret = (Google__Type__Date)GOOGLE__TYPE__DATE__INIT;
    ret->year = date.year;
    ret->month = date.month;
    ret->day = date.day;
    return true;
}

static status create(struct hayat *hayat, Hayat__V1__Statement **ret_statement)
{
    const struct arguments *arguments = &hayat->arguments;
    Hayat__V1__CreateStatementRequest request = HAYAT__V1__CREATE_STATEMENT_REQUEST__INIT;
    Hayat__V1__CreateStatementResponse *response;
    Google__Type__Date from, to;
    char request_id[UUID_TEXT_BYTES];
    if (!date_of(arguments->from, &from) || !date_of(arguments->to, &to)) {
        return usage_wrong("--from, --to", TEXT_USE_DATE);
    }
    if (!format_of(arguments->format, &request.format)) {
        return usage_wrong("--format", TEXT_USE_FORMAT);
    }
    uuid_new(&random_system, request_id);
    request.request_id = request_id;
    request.from_date = &from;
    request.to_date = &to;
    request.beneficiary_id = arguments->beneficiary != NULL ? arguments->beneficiary
                                                            : (char *)(uintptr_t) "";
    TRY(hayat_call(hayat, CREATE, &request.base, (ProtobufCMessage **)&response));
    *ret_statement = response->statement;
    return response->statement != NULL && response->statement->signed_statement != NULL
               ? STATUS_OK
               : FAIL(MALFORMED_REQUEST);
}

/* --- checking --- */

static void free_digest(EVP_MD_CTX **digest)
{
    EVP_MD_CTX_free(*digest);
}

static status hash_all(int fd, EVP_MD_CTX *digest, uint64_t *ret_size)
{
    static uint8_t piece[PIECE_BYTES];
    uint64_t size = 0;
    ssize_t n;
    while ((n = read(fd, piece, sizeof piece)) != 0) {
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0 || EVP_DigestUpdate(digest, piece, (size_t)n) != 1) {
            return FAIL(FILE_UNREADABLE);
        }
        size += (uint64_t)n;
    }
    *ret_size = size;
    return STATUS_OK;
}

/* STATEMENT_INVALID unless the file is the one the payload tells of. */
static status check_file(const char *path, const Hayat__V1__StatementPayload *payload)
{
    uint8_t sha256[STATEMENT_SHA256_BYTES];
    uint64_t size;
    DEFER(defer_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
    DEFER(free_digest) EVP_MD_CTX *digest = EVP_MD_CTX_new();
    if (fd < 0 || digest == NULL || EVP_DigestInit_ex(digest, EVP_sha256(), NULL) != 1) {
        return FAIL(FILE_UNREADABLE);
    }
    TRY(hash_all(fd, digest, &size));
    if (EVP_DigestFinal_ex(digest, sha256, NULL) != 1) {
        return FAIL(INTERNAL);
    }
    return statement_matches(payload, size, sha256) ? STATUS_OK : FAIL(STATEMENT_INVALID);
}

static bool has_key(const struct arguments *arguments)
{
    return arguments->key != NULL || arguments->key_hex != NULL;
}

/* With a key the signature is checked, too. */
static status open_payload(struct hayat *hayat, const Hayat__V1__SignedStatement *statement,
                           Hayat__V1__StatementPayload **ret_payload)
{
    uint8_t key[RECEIPT_PUBLIC_KEY_BYTES];
    if (!has_key(&hayat->arguments)) {
        return statement_payload(statement, &hayat->arena, ret_payload);
    }
    TRY(fund_key_read(&hayat->arguments, key));
    TRY(fund_key_signed(hayat, statement->key_id, key));
    return statement_verify(key, statement, &hayat->arena, ret_payload);
}

/* --- telling --- */

static void money_row(const struct hayat *hayat, enum text label, int64_t centimes)
{
    char text[MONEY_TEXT_MAX], line[MONEY_TEXT_MAX + 8];
    money_printed(centimes, text);
    (void)snprintf(line, sizeof line, "%s MAD", text);
    output_row(hayat, label, line);
}

static void payload_rows(const struct hayat *hayat, const Hayat__V1__StatementPayload *payload)
{
    char from[TIME_TEXT_MAX], to[TIME_TEXT_MAX], line[2 * TIME_TEXT_MAX + 8];
    date_text(payload->from_date, from);
    date_text(payload->to_date, to);
    output_row(hayat, TEXT_STATEMENT_REFERENCE, payload->document_id);
    output_row(hayat, TEXT_REGISTRATION, payload->registration_number);
    (void)snprintf(line, sizeof line, "%s – %s", from, to);
    output_row(hayat, TEXT_STATEMENT_PERIOD, line);
    (void)snprintf(line, sizeof line, "%" PRId32, payload->claim_count);
    output_row(hayat, TEXT_STATEMENT_CLAIMS, line);
    if (payload->totals != NULL) {
        money_row(hayat, TEXT_STATEMENT_BILLED, payload->totals->billed_centimes);
        money_row(hayat, TEXT_STATEMENT_REIMBURSED, payload->totals->reimbursed_centimes);
    }
}

static status tell(struct hayat *hayat, const Hayat__V1__StatementPayload *payload,
                   const char *key_id, bool verified)
{
    if (hayat->arguments.json != 0) {
        return output_json(json_pack("{s:b, s:s, s:o}", "valid", verified ? 1 : 0, "key_id", key_id,
                                     "payload", message_json(&payload->base)));
    }
    payload_rows(hayat, payload);
    const enum text sentence = verified ? TEXT_STATEMENT_GENUINE : TEXT_STATEMENT_UNCHECKED;
    return output_said(hayat, sentence);
}

/* --- the commands --- */

static status signature_path(const char *file, char out[PATH_MAX])
{
    int len = snprintf(out, PATH_MAX, "%s.sig", file);
    return len > 0 && len < PATH_MAX ? STATUS_OK : usage_wrong("FILE", TEXT_USE_FILE);
}

status command_statement(struct hayat *hayat)
{
    const char *path = hayat->arguments.out;
    char signature[PATH_MAX], expires[TIME_TEXT_MAX];
    Hayat__V1__Statement *statement;
    Hayat__V1__StatementPayload *payload;
    TRY(usage_needs(path, "--out", TEXT_USE_FILE));
    TRY(signature_path(path, signature));
    TRY(create(hayat, &statement));
    TRY(open_payload(hayat, statement->signed_statement, &payload));
    TRY(document_download(hayat, statement->document_id, path));
    TRY(check_file(path, payload));
    TRY(json_replace_file(signature, message_json(&statement->signed_statement->base)));
    if (hayat->arguments.json == 0) {
        time_text(statement->expire_time, expires);
        output_row(hayat, TEXT_STATEMENT_MADE, path);
        output_row(hayat, TEXT_STATEMENT_SIGNATURE, signature);
        output_row(hayat, TEXT_STATEMENT_EXPIRES, expires);
    }
    return tell(hayat, payload, statement->signed_statement->key_id, has_key(&hayat->arguments));
}

static status parse_signature(const char *text, struct arena *arena,
                              Hayat__V1__SignedStatement *statement)
{
    DEFER(json_decrefp) json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    const char *key_id = json_string_value(json_object_get(json, "key_id"));
    if (key_id == NULL || !ok(json_binary(json, "payload", arena, &statement->payload)) ||
        !ok(json_binary(json, "signature", arena, &statement->signature))) {
        return FAIL(STATEMENT_INVALID);
    }
    statement->key_id = arena_str(arena, bytes_str(key_id));
    return arena_check(arena);
}

status command_statement_verify(struct hayat *hayat)
{
    const struct arguments *arguments = &hayat->arguments;
    char beside[PATH_MAX];
    Hayat__V1__SignedStatement statement = HAYAT__V1__SIGNED_STATEMENT__INIT;
    Hayat__V1__StatementPayload *payload;
    DEFER(defer_free) char *text = NULL;
    TRY(usage_needs(arguments->operand, "FILE", TEXT_USE_FILE));
    if ((arguments->key == NULL) == (arguments->key_hex == NULL)) {
        return usage_wrong("--key, --key-hex", TEXT_USE_ONE_OF_TWO);
    }
    TRY(signature_path(arguments->operand, beside));
    TRY(file_read(arguments->signature != NULL ? arguments->signature : beside, &text));
    TRY(parse_signature(text, &hayat->arena, &statement));
    TRY(open_payload(hayat, &statement, &payload));
    TRY(check_file(arguments->operand, payload));
    return tell(hayat, payload, statement.key_id, true);
}
