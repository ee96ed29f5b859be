/*
 * hayat: one run of the member's command-line client: what was asked, who is signed in, the line to
 * the server.
 *
 * A command is one function of struct hayat; main finds it in its table, and turns the status it
 * returns into a message on standard error and an exit code.  Results go to standard output,
 * everything else to standard error.
 * Memory   replies live in hayat->arena until the program ends, unless a command brings its own
 *          arena.
 */
#ifndef HAYAT_CLI_HAYAT_H
#define HAYAT_CLI_HAYAT_H

#include <limits.h>
#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/status.h"
#include "google/protobuf/timestamp.pb-c.h"
#include "retry.h"
#include "rpc/client/client.h"
#include "session_file.h"

enum exit_code { DONE = 0, REFUSED = 1, MISUSED = 2, UNREACHABLE = 3, SIGNED_OUT = 4 };

enum { DEFAULT_GIVE_UP_SECONDS = 600, SHORT_GIVE_UP_SECONDS = 15, CALL_TIMEOUT_MS = 15000 };

/* The command line; NULL or 0 for what was not given.  arguments_fini frees the texts. */
struct arguments {
    char *device, *server, *ca, *language;
    char *form, *identity, *video, *route, *out, *key, *key_hex;
    char *registration, *cine, *birth, *channel, *algorithm;
    char *holder; /* of a bank account */
    char *from, *to, *beneficiary, *format, *signature;
    char *others[LIMIT_DOCUMENTS_PER_CERTIFICATE];
    int other_count;
    char *states, *care_from, *care_to, *paid_from, *paid_to, *updated_since;
    int limit;
    char *operand; /* what follows the command's words */
    int json, give_up_seconds;
    char *pdf;               /* of receipts */
    int decision;            /* likewise */
    int others_only, verify; /* of accesses */
    int watch;
    int again;                              /* file another certificate */
    int passphrase, all, yes, new_code_key; /* of sessions */
};

struct hayat {
    struct arguments arguments;
    enum language language;
    char directory[PATH_MAX];
    struct session session;
    bool signed_in; /* session was loaded or made */
    bool waits;     /* for the line or the server, and it was told */
    bool anew;      /* sign in, whatever session there was */
    char refused
        [TOKEN_TEXT_MAX];    /* an access token the server did not take, though it looked good */
    struct channel *channel; /* NULL until the first call */
    struct arena arena;
    struct rpc_error error; /* of the last call that failed */
};

/* A method of the API: where it lives and what it answers. */
struct method {
    const char *path;
    const ProtobufCMessageDescriptor *response;
};

/* How patiently to call, and where the reply goes. */
struct patience {
    struct retry *retry;
    struct arena *arena;
};

/* --- the line (connection.c) --- */

/* Who is signed in; NOT_SIGNED_IN.  --server and --ca replace what the session remembers. */
status hayat_load_session(struct hayat *hayat);
/* Opens the channel to session.server if it is not open. */
status hayat_connect(struct hayat *hayat);
const char *hayat_language_tag(const struct hayat *hayat);
struct retry hayat_retry(const struct hayat *hayat, int default_give_up_seconds);
/* Waits before another attempt when that may help; otherwise says why not: S itself, or GAVE_UP. */
status hayat_wait_or_fail(struct hayat *hayat, struct retry *retry, status s);

/* Options of one call; TOKEN may be NULL. */
struct call_options hayat_options(const struct hayat *hayat, struct method method,
                                  const char *token);
/* One attempt; what the server said against it is left in hayat->error. */
status hayat_call_once(struct hayat *hayat, const struct call_options *options,
                       const ProtobufCMessage *request, struct arena *arena,
                       ProtobufCMessage **ret_response);
/* As the signed-in member: signs in (again) when needed, tries again while patience lasts. */
status hayat_call_patiently(struct hayat *hayat, struct method method,
                            const ProtobufCMessage *request, struct patience patience,
                            ProtobufCMessage **ret_response);
/* The same, with little patience, into hayat->arena. */
status hayat_call(struct hayat *hayat, struct method method, const ProtobufCMessage *request,
                  ProtobufCMessage **ret_response);

/* --- signing in (sign_in.c) --- */

/* Signs in with the device at session.device_path and saves the session.  One attempt. */
status sign_in_attempt(struct hayat *hayat);
/* As often as needed before a call: makes the session's token usable, by a refresh while that works. */
status sign_in_if_needed(struct hayat *hayat, struct retry *retry);

/* --- the session's tokens (renew.c) --- */

/* The server did not take the access token: the next call gets another. */
void session_refused(struct hayat *hayat);
/* Refreshes the session; what does not work any more is forgotten.  One attempt.  The lock is held. */
status refresh_attempt(struct hayat *hayat);
/* What another run has made of the session meanwhile. */
void session_take_over(struct hayat *hayat);
/* The key that signs for the session. */
status session_key(const struct hayat *hayat, struct device *ret_key);

/* Tokens as both answers have them. */
struct fresh_tokens {
    const char *access, *refresh;
    bytes nonce;
    const Google__Protobuf__Timestamp *expire, *idle; /* NULL: not a good answer */
};
/* Into the session, and saved. */
status session_keep(struct hayat *hayat, const struct fresh_tokens *tokens);

/* --- confirming (confirm.c) --- */

/* hayat_call for a method that wants a confirmation: shows the sentence, asks unless --yes, signs, calls again. */
status hayat_call_confirmed(struct hayat *hayat, struct method method,
                            const ProtobufCMessage *request, ProtobufCMessage **ret_response);

/* --- passphrases (passphrase.c) --- */

/* Asks for number, passphrase and code, and opens a session with a new key of its own. */
status sign_in_by_passphrase(struct hayat *hayat);

/* --- commands --- */
status command_sign_in(struct hayat *hayat);
status command_sign_out(struct hayat *hayat);
status command_token(struct hayat *hayat);
status command_devices(struct hayat *hayat);
status command_devices_revoke(struct hayat *hayat);
status command_passphrase_set(struct hayat *hayat);
status command_enrol_start(struct hayat *hayat);
status command_enrol_confirm(struct hayat *hayat);
status command_enrol_resend(struct hayat *hayat);
status command_accesses(struct hayat *hayat);
status command_bank_show(struct hayat *hayat);
status command_bank_change(struct hayat *hayat);
status command_bank_confirm(struct hayat *hayat);
status command_bank_cancel(struct hayat *hayat);
status command_bank_refuse(struct hayat *hayat);
status command_inbox(struct hayat *hayat);
status command_inbox_read(struct hayat *hayat);
status command_preferences(struct hayat *hayat);
status command_preferences_set(struct hayat *hayat);
status command_card(struct hayat *hayat);
status command_home(struct hayat *hayat);
status command_claims(struct hayat *hayat);
status command_claim(struct hayat *hayat);
status command_authorizations(struct hayat *hayat);
status command_authorization(struct hayat *hayat);
status command_coverage(struct hayat *hayat);
status command_certificate_challenge(struct hayat *hayat);
status command_certificate_file(struct hayat *hayat);
status command_certificate_status(struct hayat *hayat);
status command_receipt_get(struct hayat *hayat);
status command_receipt_verify(struct hayat *hayat);
status command_receipt_print(struct hayat *hayat);
status command_document_get(struct hayat *hayat);
status command_export(struct hayat *hayat);
status command_statement(struct hayat *hayat);
status command_statement_verify(struct hayat *hayat);

/* Reads "doc_…" into the file PATH, going on where an earlier try stopped (document.c). */
status document_download(struct hayat *hayat, const char *document, const char *path);

#endif
