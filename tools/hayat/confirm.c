/* confirm: acts that the session's key confirms, as the server puts them into words (docs/clients.md). */
#include <stdio.h>

#include "base/codec.h"
#include "base/signed_call.h"
#include "hayat.h"
#include "output.h"
#include "prompt.h"
#include "text.h"

enum { CODE_TEXT_MAX = 16, HEADER_MAX = 256, ANSWER_MAX = 16 };

/* --yes, or a person's own word. */
static status ask_person(struct hayat *hayat)
{
    char answer[ANSWER_MAX];
    (void)fprintf(stderr, "%s\n  ", text_get(TEXT_TO_CONFIRM, hayat->language));
    output_safe(stderr, hayat->error.step_up.text);
    (void)fputc('\n', stderr);
    if (hayat->arguments.yes != 0) {
        return STATUS_OK;
    }
    if (!prompt_is_terminal()) {
        (void)fprintf(stderr, "%s\n", text_get(TEXT_CONFIRM_BY_OPTION, hayat->language));
        return FAIL(NOT_CONFIRMED);
    }
    struct prompt prompt = {text_get(TEXT_CONFIRM, hayat->language), false};
    bool yes = ok(prompt_line(&prompt, answer, sizeof answer)) && prompt_is_yes(answer);
    return yes ? STATUS_OK : FAIL(NOT_CONFIRMED);
}

static status sign(struct hayat *hayat, const char *method, bytes request,
                   uint8_t out[DEVICE_SIGNATURE_BYTES])
{
    uint8_t message[SIGNED_CALL_MESSAGE_MAX];
    struct signed_call call = {.method = method};
    struct device key;
    if (!hex_decode(bytes_str(hayat->error.step_up.nonce), call.nonce, sizeof call.nonce)) {
        return FAIL(MALFORMED_REQUEST);
    }
    signed_call_digest(bytes_str(hayat->session.token), call.token_digest);
    signed_call_body(bytes_str(hayat->error.step_up.text), request, call.body_hash);
    size_t len = signed_call_message(&call, message);
    TRY(session_key(hayat, &key));
    status s = device_sign_message(&key, bytes_of(message, len), out);
    device_fini(&key);
    return s;
}

static status read_code(struct hayat *hayat, char out[CODE_TEXT_MAX])
{
    out[0] = '\0';
    struct prompt prompt = {text_get(TEXT_CODE, hayat->language), false};
    return hayat->error.step_up.needs_code ? prompt_line(&prompt, out, CODE_TEXT_MAX) : STATUS_OK;
}

/* The metadata that goes with the second call. */
static status make_header(struct hayat *hayat, const char *method, bytes request,
                          char out[HEADER_MAX])
{
    uint8_t signature[DEVICE_SIGNATURE_BYTES];
    char hex[2 * sizeof signature + 1], code[CODE_TEXT_MAX];
    TRY(read_code(hayat, code));
    TRY(sign(hayat, method, request, signature));
    hex_encode(bytes_of(signature, sizeof signature), hex);
    int n = snprintf(out, HEADER_MAX, "%s %s%s%s", hayat->error.step_up.id, hex,
                     code[0] == '\0' ? "" : " ", code);
    return n > 0 && n < HEADER_MAX ? STATUS_OK : FAIL(MALFORMED_REQUEST);
}

/* The same bytes as the call sends: protobuf-c packs one message one way. */
static status pack(struct hayat *hayat, const ProtobufCMessage *request, bytes *ret)
{
    size_t len = protobuf_c_message_get_packed_size(request);
    uint8_t *out = arena_alloc(&hayat->arena, len);
    if (out == NULL) {
        return FAIL(ARENA_FULL);
    }
    *ret = bytes_of(out, protobuf_c_message_pack(request, out));
    return STATUS_OK;
}

status hayat_call_confirmed(struct hayat *hayat, struct method method,
                            const ProtobufCMessage *request, ProtobufCMessage **ret_response)
{
    bytes packed;
    char header[HEADER_MAX];
    status s = hayat_call(hayat, method, request, ret_response);
    if (ok(s) || strcmp(hayat->error.reason, "STEP_UP_REQUIRED") != 0) {
        return s;
    }
    TRY(pack(hayat, request, &packed));
    TRY(ask_person(hayat));
    TRY(make_header(hayat, method.path, packed, header));
    struct retry retry = hayat_retry(hayat, SHORT_GIVE_UP_SECONDS);
    for (;;) { /* with one request_id: a repeat after a lost answer gets the first one */
        struct call_options options = hayat_options(hayat, method, hayat->session.token);
        options.step_up = header;
        s = hayat_call_once(hayat, &options, request, &hayat->arena, ret_response);
        if (ok(s)) {
            return s;
        }
        TRY(hayat_wait_or_fail(hayat, &retry, s));
    }
}
