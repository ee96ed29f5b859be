/* passphrase: signing in without a device file, and setting the passphrase for that. */
#include <stdio.h>
#include <stdlib.h>

#include "base/random.h"
#include "base/wipe.h"
#include "hayat.h"
#include "hayat/v1/session.pb-c.h"
#include "journal.h"
#include "message_json.h"
#include "output.h"
#include "prompt.h"
#include "usage.h"

enum { NUMBER_MAX = 33, PASSPHRASE_MAX = 129, CODE_MAX = 8, PUBLIC_BYTES = 32 };

static const struct method CREATE_SESSION = {"/hayat.v1.SessionService/CreateSession",
                                             &hayat__v1__create_session_response__descriptor};
static const struct method CHANGE_PASSPHRASE = {"/hayat.v1.SessionService/ChangePassphrase",
                                                &hayat__v1__change_passphrase_response__descriptor};

static status ask(const struct hayat *hayat, enum text question, bool secret, char *out,
                  size_t size)
{
    struct prompt prompt = {text_get(question, hayat->language), secret};
    return prompt_line(&prompt, out, size);
}

/* --- signing in --- */

struct proof {
    char number[NUMBER_MAX], passphrase[PASSPHRASE_MAX], code[CODE_MAX];
    uint8_t public_key[PUBLIC_BYTES];
};

static status read_proof(const struct hayat *hayat, struct proof *proof)
{
    TRY(ask(hayat, TEXT_REGISTRATION, false, proof->number, sizeof proof->number));
    TRY(ask(hayat, TEXT_PASSPHRASE, true, proof->passphrase, sizeof proof->passphrase));
    return ask(hayat, TEXT_CODE, false, proof->code, sizeof proof->code);
}

static status send(struct hayat *hayat, struct proof *proof, Hayat__V1__CreateSessionResponse **ret)
{
    Hayat__V1__PublicKey key = HAYAT__V1__PUBLIC_KEY__INIT;
    Hayat__V1__PassphraseProof message = HAYAT__V1__PASSPHRASE_PROOF__INIT;
    Hayat__V1__CreateSessionRequest request = HAYAT__V1__CREATE_SESSION_REQUEST__INIT;
    key.algorithm = HAYAT__V1__KEY_ALGORITHM__KEY_ALGORITHM_ED25519;
    key.key = (ProtobufCBinaryData){sizeof proof->public_key, proof->public_key};
    message.registration_number = proof->number;
    message.passphrase = proof->passphrase;
    message.code = proof->code;
    message.session_key = &key;
    request.passphrase = &message;
    struct retry retry = hayat_retry(hayat, SHORT_GIVE_UP_SECONDS);
    for (;;) {
        struct call_options options = hayat_options(hayat, CREATE_SESSION, NULL);
        status s = hayat_call_once(hayat, &options, &request.base, &hayat->arena,
                                   (ProtobufCMessage **)ret);
        if (ok(s)) {
            return s;
        }
        TRY(hayat_wait_or_fail(hayat, &retry, s));
    }
}

/* A session of its own, by --server and --ca or where the last one was. */
static status begin(struct hayat *hayat)
{
    struct session last, *session = &hayat->session;
    const struct arguments *arguments = &hayat->arguments;
    if (!ok(session_load(hayat->directory, &last))) {
        last = (struct session){0};
    }
    *session = (struct session){0};
    int n = snprintf(session->server, sizeof session->server, "%s",
                     arguments->server != NULL ? arguments->server : last.server);
    if (arguments->ca != NULL && realpath(arguments->ca, session->ca) == NULL) {
        return FAIL(FILE_UNREADABLE);
    }
    if (arguments->ca == NULL) {
        memcpy(session->ca, last.ca, sizeof session->ca);
    }
    hayat->signed_in = true;
    return n > 0 && n < (int)sizeof session->server ? STATUS_OK
                                                    : usage_wrong("--server", TEXT_USE_SERVER);
}

static status sign_in(struct hayat *hayat, struct proof *proof)
{
    Hayat__V1__CreateSessionResponse *made;
    TRY(begin(hayat));
    TRY(hayat_connect(hayat));
    TRY(read_proof(hayat, proof));
    TRY(device_key_generate(hayat->session.key_pem, proof->public_key));
    TRY(send(hayat, proof, &made));
    struct fresh_tokens tokens = {
        .access = made->access_token,
        .refresh = made->refresh_token,
        .nonce = bytes_of(made->refresh_nonce.data, made->refresh_nonce.len),
        .expire = made->expire_time,
        .idle = made->idle_time,
    };
    return session_keep(hayat, &tokens);
}

status sign_in_by_passphrase(struct hayat *hayat)
{
    struct proof proof;
    status s = sign_in(hayat, &proof);
    wipe(&proof, sizeof proof);
    return s;
}

/* --- setting it --- */

static status show_key(struct hayat *hayat, const Hayat__V1__ChangePassphraseResponse *response)
{
    if (hayat->arguments.json != 0) {
        return output_json(message_json(&response->base));
    }
    (void)printf("%s\n", text_get(TEXT_PASSPHRASE_SET, hayat->language));
    output_row(hayat, TEXT_CODE_KEY, response->code_key);
    output_row(hayat, TEXT_CODE_KEY_URI, response->code_key_uri);
    return fflush(stdout) == 0 ? STATUS_OK : FAIL(FILE_UNWRITABLE);
}

/* Twice from a terminal, where nobody sees what is typed. */
static status read_new(const struct hayat *hayat, char out[PASSPHRASE_MAX])
{
    char again[PASSPHRASE_MAX];
    TRY(ask(hayat, TEXT_NEW_PASSPHRASE, true, out, PASSPHRASE_MAX));
    if (!prompt_is_terminal()) {
        return STATUS_OK;
    }
    status s = ask(hayat, TEXT_AGAIN, true, again, sizeof again);
    bool same = ok(s) && strcmp(out, again) == 0;
    wipe(again, sizeof again);
    return same ? STATUS_OK : FAIL(NOT_CONFIRMED);
}

status command_passphrase_set(struct hayat *hayat)
{
    char passphrase[PASSPHRASE_MAX], request_id[UUID_TEXT_BYTES];
    Hayat__V1__ChangePassphraseRequest request = HAYAT__V1__CHANGE_PASSPHRASE_REQUEST__INIT;
    Hayat__V1__ChangePassphraseResponse *response;
    TRY(hayat_load_session(hayat));
    TRY(read_new(hayat, passphrase));
    uuid_new(&random_system, request_id);
    request.request_id = request_id;
    request.new_passphrase = passphrase;
    request.new_code_key = hayat->arguments.new_code_key != 0;
    status s = hayat_call_confirmed(hayat, CHANGE_PASSPHRASE, &request.base,
                                    (ProtobufCMessage **)&response);
    wipe(passphrase, sizeof passphrase);
    TRY(s);
    return show_key(hayat, response);
}
