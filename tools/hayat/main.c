/* hayat: the member's command-line client.  `hayat --help` tells its commands and exit codes. */
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arguments.h"
#include "base/wipe.h"
#include "files.h"
#include "hayat.h"
#include "help.h"
#include "output.h"
#include "text.h"
#include "usage.h"

enum { ARENA_CAP_BYTES = 4 * 1024 * 1024 };

/* Not signed in beats refused: the remedy is another. */
static enum exit_code exit_code_of(const struct hayat *hayat, status s)
{
    switch ((int)s.why) {
    case REASON_OK:
        return DONE;
    case REASON_NOT_SIGNED_IN:
        return SIGNED_OUT;
    case REASON_GAVE_UP:
    case REASON_CONNECTION_FAILED:
        return UNREACHABLE;
    case REASON_FILE_UNREADABLE:
    case REASON_FILE_UNWRITABLE:
    case REASON_FILE_PERMISSIONS:
    case REASON_FILE_SIZE_REFUSED:
    case REASON_FILE_CHANGED:
    case REASON_KEY_FILE_INVALID:
    case REASON_CONFIG_INVALID:
    case REASON_ALREADY_RUNNING:
    case REASON_NOT_CONFIRMED:
    case REASON_DEVICE_ENROLLED:
    case REASON_DEVICE_WAITS:
    case REASON_USAGE:
        return MISUSED;
    case REASON_ENROLMENT_CODE_INVALID: /* no session was asked for */
        return REFUSED;
    default: /* over int: the list is open, the rest came from the server */
        break;
    }
    if (s.why == REASON_MEDIA_TYPE_REFUSED && hayat->error.code == CODE_OK) {
        return MISUSED; /* found out here, before anything was sent */
    }
    return hayat->error.code == CODE_UNAUTHENTICATED ? SIGNED_OUT : REFUSED;
}

/* "path: description\n" each. */
static void tell_fields(const char *fields)
{
    char line[sizeof((struct rpc_error *)NULL)->fields];
    while (*fields != '\0') {
        size_t len = strcspn(fields, "\n");
        memcpy(line, fields, len);
        line[len] = '\0';
        (void)fprintf(stderr, "  ");
        output_safe(stderr, line);
        (void)fputc('\n', stderr);
        fields += len + (fields[len] == '\n' ? 1 : 0);
    }
}

/* The server's own words when it refused, ours otherwise. */
static void tell(const struct hayat *hayat, status s, enum exit_code code)
{
    bool from_server = (code == REFUSED || code == SIGNED_OUT) && hayat->error.reason[0] != '\0';
    (void)fprintf(stderr, "hayat: ");
    if (s.why == REASON_USAGE) {
        usage_tell(stderr, hayat->language);
    } else {
        output_safe(stderr,
                    from_server ? hayat->error.message : reason_text(s.why, hayat->language));
    }
    (void)fprintf(stderr, " (%s)\n", from_server ? hayat->error.reason : reason_name(s.why));
    if (from_server && hayat->error.tries_left >= 0) {
        (void)fprintf(stderr, "%s: %lld\n", text_get(TEXT_TRIES_LEFT, hayat->language),
                      (long long)hayat->error.tries_left);
    }
    if (from_server && hayat->error.fields[0] != '\0') {
        tell_fields(hayat->error.fields);
    }
    if (s.why == REASON_CONFIG_INVALID || s.why == REASON_USAGE) {
        (void)fprintf(stderr, "%s\n", text_get(TEXT_USAGE_SEE_HELP, hayat->language));
    }
}

static bool choose_language(const char *asked, enum language *ret_language)
{
    *ret_language = language_of_environment();
    return asked == NULL || language_parse(asked, ret_language);
}

static enum exit_code run(struct hayat *hayat, status (*command)(struct hayat *hayat))
{
    arena_init(&hayat->arena, ARENA_CAP_BYTES);
    status s = config_directory(hayat->directory);
    if (ok(s)) {
        s = command(hayat);
    }
    enum exit_code code = exit_code_of(hayat, s);
    if (!ok(s)) {
        tell(hayat, s, code);
    }
    channel_close(hayat->channel);
    arena_fini(&hayat->arena);
    wipe(&hayat->session, sizeof hayat->session);
    return code;
}

static enum exit_code parse_and_run(struct hayat *hayat, int argc, const char **argv)
{
    status (*command)(struct hayat *) = NULL;
    enum arguments_result parsed = arguments_parse(argc, argv, &hayat->arguments, &command);
    bool language_known = choose_language(hayat->arguments.language, &hayat->language);
    if (parsed == ARGUMENTS_HELP) {
        help_print(hayat->language);
        return DONE;
    }
    if (parsed == ARGUMENTS_WRONG || !language_known || sodium_init() < 0) {
        (void)fprintf(stderr, "%s\n", text_get(TEXT_USAGE_SEE_HELP, hayat->language));
        return MISUSED;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    rpc_client_init();
    enum exit_code code = run(hayat, command);
    rpc_client_shutdown();
    return code;
}

int main(int argc, const char **argv)
{
    static struct hayat hayat;
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        (void)puts("hayat " HAYAT_VERSION);
        return DONE;
    }
    enum exit_code code = parse_and_run(&hayat, argc, argv);
    arguments_fini(&hayat.arguments);
    return (int)code;
}
