/* hayatctl agent and hayatctl system: who may call with a client certificate. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "auth/staff_number.h"
#include "base/defer.h"
#include "base/limits.h"
#include "base/scope.h"
#include "tools/hayatctl/ca.h"
#include "tools/hayatctl/registrar.h"

#define TYPE(name) HAYAT__BACKOFFICE__V1__CALLER_TYPE__CALLER_TYPE_##name

enum { DAYS_DEFAULT = 365, DAYS_MOST = 825, SCOPES_MOST = 16 };

struct caller_texts {
    struct registrar_options where;
    char *name, *staff_number, *email, *scopes, *csr, *ca_directory, *out;
    int days;
};

static void texts_fini(struct caller_texts *texts)
{
    registrar_options_fini(&texts->where);
    free(texts->name);
    free(texts->staff_number);
    free(texts->email);
    free(texts->scopes);
    free(texts->csr);
    free(texts->ca_directory);
    free(texts->out);
}

/* --- files --- */

struct files {
    char key[PATH_MAX], certificate[PATH_MAX];
};

static bool name_files(const struct caller_texts *texts, struct files *ret)
{
    int key = snprintf(ret->key, sizeof ret->key, "%s.key", texts->out);
    int certificate = snprintf(ret->certificate, sizeof ret->certificate, "%s.crt", texts->out);
    if (key < 0 || key >= PATH_MAX || certificate < 0 || certificate >= PATH_MAX) {
        complain("--out is too long");
        return false;
    }
    if (access(ret->certificate, F_OK) == 0 ||
        (texts->csr == NULL && access(ret->key, F_OK) == 0)) {
        complain("%s.crt or .key exists", texts->out);
        return false;
    }
    return true;
}

/* DIR/tls of --state DIR when --ca-dir is not given. */
static bool find_ca(const struct caller_texts *texts, char out[PATH_MAX])
{
    const char *state = texts->where.store.state;
    int len = -1;
    if (texts->ca_directory != NULL) {
        len = snprintf(out, PATH_MAX, "%s", texts->ca_directory);
    } else if (state != NULL) {
        len = snprintf(out, PATH_MAX, "%s/tls", state);
    }
    if (len <= 0 || len >= PATH_MAX) {
        complain("--ca-dir DIR is needed: where " CA_CLIENTS ".crt and .key are");
        return false;
    }
    return true;
}

static enum exit_code issue(const struct caller_texts *texts, const struct files *files)
{
    char directory[PATH_MAX];
    const struct ca_client client = {
        .name = texts->name,
        .staff_number = texts->staff_number,
        .email = texts->email,
        .csr_file = texts->csr,
        .days = texts->days,
        .key_path = files->key,
        .certificate_path = files->certificate,
    };
    if (!find_ca(texts, directory)) {
        return EXIT_USAGE;
    }
    status s = ca_issue_client(directory, &client, &clock_system);
    if (s.why == REASON_CONFIG_INVALID) {
        complain("the name, the staff number or the e-mail address does not fit a certificate");
        return EXIT_USAGE;
    }
    if (s.why == REASON_CERTIFICATE_INVALID && texts->csr != NULL) {
        complain("%s: not a certificate request signed by a key of 112 bits of strength or more",
                 texts->csr);
        return EXIT_FAILED;
    }
    return ok(s) ? EXIT_FINE : complain_status(directory, s);
}

static bytes read_certificate(struct arena *arena, const char *path)
{
    DEFER(defer_fclose) FILE *file = fopen(path, "re");
    uint8_t *text = arena_alloc(arena, LIMIT_PEM_BYTES);
    size_t len = file == NULL || text == NULL ? 0 : fread(text, 1, LIMIT_PEM_BYTES, file);
    return bytes_of(text, len);
}

static void drop_files(const struct caller_texts *texts, const struct files *files)
{
    (void)unlink(files->certificate);
    if (texts->csr == NULL) {
        (void)unlink(files->key);
    }
}

/* --- add --- */

static void fill_scopes(struct arena *arena, const char *text,
                        Hayat__Backoffice__V1__AddCallerRequest *request)
{
    char *copy = arena_str(arena, bytes_str(text)), *save = NULL;
    request->scopes = arena_array(arena, SCOPES_MOST, sizeof(char *));
    for (char *word = copy == NULL ? NULL : strtok_r(copy, ",", &save);
         word != NULL && request->scopes != NULL && request->n_scopes < SCOPES_MOST;
         word = strtok_r(NULL, ",", &save)) {
        request->scopes[request->n_scopes++] = word;
    }
}

static char *or_empty(struct arena *arena, const char *text)
{
    return arena_str(arena, bytes_str(text == NULL ? "" : text));
}

static status add_to_register(struct registrar *registrar, const struct caller_texts *texts,
                              Hayat__Backoffice__V1__CallerType type, const struct files *files,
                              char ret_id[ID_TEXT_MAX])
{
    struct arena *arena = &registrar->arena;
    Hayat__Backoffice__V1__AddCallerRequest request;
    hayat__backoffice__v1__add_caller_request__init(&request);
    bytes certificate = arena_copy(arena, read_certificate(arena, files->certificate));
    union {
        const uint8_t *in;
        uint8_t *out; /* protobuf-c does not write to what it packs */
    } unconst = {.in = certificate.ptr};
    request.type = type;
    request.name = or_empty(arena, texts->name);
    request.staff_number = or_empty(arena, texts->staff_number);
    request.email = or_empty(arena, texts->email);
    request.certificate = (ProtobufCBinaryData){certificate.len, unconst.out};
    fill_scopes(arena, texts->scopes, &request);
    TRY(arena_check(arena));
    return registrar_add(registrar, &request, ret_id);
}

static enum exit_code add_in(struct registrar *registrar, const struct caller_texts *texts,
                             Hayat__Backoffice__V1__CallerType type)
{
    struct files files = {.key = ""};
    char id[ID_TEXT_MAX];
    if (!name_files(texts, &files)) {
        return EXIT_FAILED;
    }
    enum exit_code issued = issue(texts, &files);
    if (issued != EXIT_FINE) {
        return issued;
    }
    status s = add_to_register(registrar, texts, type, &files, id);
    if (!ok(s)) {
        drop_files(texts, &files);
        return complain_status(texts->name, s);
    }
    (void)printf("%s %s\n", id, files.certificate);
    return EXIT_FINE;
}

static bool check_add(const struct caller_texts *texts, bool agent)
{
    uint32_t mask = texts->scopes == NULL ? 0 : scope_parse(bytes_str(texts->scopes));
    uint32_t allowed = agent ? (uint32_t)SCOPE_MASK_AGENTS : (uint32_t)SCOPE_MASK_SYSTEMS;
    if (texts->name == NULL || texts->out == NULL ||
        (agent && (texts->staff_number == NULL || texts->email == NULL))) {
        complain(agent ? "--name, --staff-number, --email and --out are needed"
                       : "--name and --out are needed");
        return false;
    }
    char number[STAFF_NUMBER_BYTES + 1];
    if (agent && !staff_number_read(bytes_str(texts->staff_number), number)) {
        complain("--staff-number must be 1 to 32 letters, digits, \"-\", \".\" and \"/\"");
        return false;
    }
    if (mask == 0 || (mask & ~allowed) != 0) {
        complain(
            agent
                ? "--role must be one or several, with commas, of agency, call_centre, "
                  "reviewer, auditor, operator"
                : "--scope must be one or several, with commas, of feed, feed_bank, feed_registry, "
                  "feed_rules, outbox (every queue), outbox_core, outbox_post, outbox_sms, "
                  "outbox_email, outbox_push");
        return false;
    }
    if (texts->days < 1 || texts->days > DAYS_MOST) {
        complain("--days must be 1 to %d", DAYS_MOST);
        return false;
    }
    return true;
}

#define ISSUE_OPTION_ROWS(t)                                                                       \
    {"csr",    0, POPT_ARG_STRING,                                                                 \
     &(t).csr, 0, "a certificate request (PEM): the key stays with who made it",                   \
     "FILE"},                                                                                      \
        {"ca-dir",                                                                                 \
         0,                                                                                        \
         POPT_ARG_STRING,                                                                          \
         &(t).ca_directory,                                                                        \
         0,                                                                                        \
         "where " CA_CLIENTS ".crt and .key are (default: tls of --state)",                        \
         "DIR"},                                                                                   \
        {"out", 'o', POPT_ARG_STRING, &(t).out, 0, "writes OUT.crt and OUT.key", "OUT"},           \
    {                                                                                              \
        "days", 0, POPT_ARG_INT | POPT_ARGFLAG_SHOW_DEFAULT, &(t).days, 0,                         \
            "how long the certificate is good", "N"                                                \
    }

static enum exit_code run_add(int argc, const char **argv, const struct poptOption *options,
                              struct caller_texts *texts, bool agent)
{
    DEFER(command_line_fini) struct command_line line;
    struct registrar registrar;
    if (!command_line_init(&line, argc, argv, &(struct command_usage){options, "", 0, 0}) ||
        !check_add(texts, agent)) {
        return EXIT_USAGE;
    }
    if (!registrar_open(&texts->where, false, &registrar)) {
        return EXIT_FAILED;
    }
    enum exit_code code = add_in(&registrar, texts, agent ? TYPE(AGENT) : TYPE(CORE_SYSTEM));
    registrar_close(&registrar);
    return code;
}

enum exit_code command_agent_add(int argc, const char **argv)
{
    DEFER(texts_fini) struct caller_texts texts = {.days = DAYS_DEFAULT};
    const struct poptOption options[] = {
        {"name", 'n', POPT_ARG_STRING, &texts.name, 0, "the person's name", "NAME"},
        {"staff-number", 0, POPT_ARG_STRING, &texts.staff_number, 0, "their number at the fund",
         "NUMBER"},
        {"email", 0, POPT_ARG_STRING, &texts.email, 0, "their address at the fund", "ADDRESS"},
        {"role", 'r', POPT_ARG_STRING, &texts.scopes, 0,
         "agency, call_centre, reviewer, auditor, operator; several with commas", "ROLE"},
        ISSUE_OPTION_ROWS(texts),
        REGISTRAR_OPTION_ROWS(texts.where),
        POPT_AUTOHELP POPT_TABLEEND};
    return run_add(argc, argv, options, &texts, true);
}

enum exit_code command_system_add(int argc, const char **argv)
{
    DEFER(texts_fini) struct caller_texts texts = {.days = DAYS_DEFAULT};
    const struct poptOption options[] = {
        {"name", 'n', POPT_ARG_STRING, &texts.name, 0, "the system's name", "NAME"},
        {"scope", 's', POPT_ARG_STRING, &texts.scopes, 0,
         "feed, feed_bank, feed_registry, feed_rules, outbox (every queue), outbox_core, "
         "outbox_post, outbox_sms, outbox_email, outbox_push; "
         "several with commas",
         "SCOPE"},
        ISSUE_OPTION_ROWS(texts),
        REGISTRAR_OPTION_ROWS(texts.where),
        POPT_AUTOHELP POPT_TABLEEND};
    return run_add(argc, argv, options, &texts, false);
}

/* --- renew --- */

struct found {
    const char *caller_id;
    Hayat__Backoffice__V1__Caller caller;
    bool found;
};

static void look_for(void *ctx, const Hayat__Backoffice__V1__Caller *caller)
{
    struct found *found = ctx;
    if (strcmp(caller->caller_id, found->caller_id) == 0) {
        found->caller = *caller; /* its texts are the registrar's arena's */
        found->found = true;
    }
}

static char *filled(const char *text)
{
    return text[0] == '\0' ? NULL : strdup(text);
}

static enum exit_code renew_in(struct registrar *registrar, struct caller_texts *texts,
                               const char *caller_id)
{
    struct found found = {.caller_id = caller_id};
    struct files files = {.key = ""};
    status s = registrar_list(registrar, look_for, &found);
    if (ok(s) && (!found.found || found.caller.revoke_time != NULL)) {
        s = FAIL(NOT_FOUND);
    }
    if (!ok(s)) {
        return complain_status(caller_id, s);
    }
    texts->name = filled(found.caller.name);
    texts->staff_number = filled(found.caller.staff_number);
    texts->email = filled(found.caller.email);
    if (!name_files(texts, &files)) {
        return EXIT_FAILED;
    }
    enum exit_code issued = issue(texts, &files);
    if (issued != EXIT_FINE) {
        return issued;
    }
    s = registrar_renew(registrar, caller_id,
                        read_certificate(&registrar->arena, files.certificate));
    if (!ok(s)) {
        drop_files(texts, &files);
        return complain_status(caller_id, s);
    }
    (void)printf("%s %s\n", caller_id, files.certificate);
    return EXIT_FINE;
}

enum exit_code command_caller_renew(int argc, const char **argv)
{
    DEFER(texts_fini) struct caller_texts texts = {.days = DAYS_DEFAULT};
    const struct poptOption options[] = {
        ISSUE_OPTION_ROWS(texts), REGISTRAR_OPTION_ROWS(texts.where), POPT_AUTOHELP POPT_TABLEEND};
    DEFER(command_line_fini) struct command_line line;
    struct registrar registrar;
    if (!command_line_init(&line, argc, argv, &(struct command_usage){options, "ID", 1, 1})) {
        return EXIT_USAGE;
    }
    if (texts.out == NULL || texts.days < 1 || texts.days > DAYS_MOST) {
        complain("--out is needed, and --days must be 1 to %d", DAYS_MOST);
        return EXIT_USAGE;
    }
    if (!registrar_open(&texts.where, false, &registrar)) {
        return EXIT_FAILED;
    }
    enum exit_code code = renew_in(&registrar, &texts, line.arguments[0]);
    registrar_close(&registrar);
    return code;
}

/* --- revoke --- */

enum exit_code command_caller_revoke(int argc, const char **argv)
{
    DEFER(texts_fini) struct caller_texts texts = {.days = DAYS_DEFAULT};
    const struct poptOption options[] = {REGISTRAR_OPTION_ROWS(texts.where),
                                         POPT_AUTOHELP POPT_TABLEEND};
    DEFER(command_line_fini) struct command_line line;
    struct registrar registrar;
    if (!command_line_init(&line, argc, argv, &(struct command_usage){options, "ID", 1, 1})) {
        return EXIT_USAGE;
    }
    if (!registrar_open(&texts.where, false, &registrar)) {
        return EXIT_FAILED;
    }
    status s = registrar_revoke(&registrar, line.arguments[0]);
    registrar_close(&registrar);
    if (!ok(s)) {
        return complain_status(line.arguments[0], s);
    }
    (void)printf("%s revoked\n", line.arguments[0]);
    return EXIT_FINE;
}

/* --- list --- */

static const char *day_of(const Google__Protobuf__Timestamp *time, char out[16])
{
    struct tm parts;
    time_t seconds = time == NULL ? 0 : (time_t)time->seconds;
    if (time == NULL || gmtime_r(&seconds, &parts) == NULL ||
        strftime(out, 16, "%Y-%m-%d", &parts) == 0) {
        return "-";
    }
    return out;
}

static void print_row(void *ctx, const Hayat__Backoffice__V1__Caller *caller)
{
    const Hayat__Backoffice__V1__CallerType *type = ctx;
    char scopes[SCOPE_TEXT_MAX], expire[16], revoke[16];
    uint32_t mask = 0;
    if (caller->type != *type) {
        return;
    }
    for (size_t i = 0; i < caller->n_scopes; i++) {
        mask |= scope_of_name(bytes_str(caller->scopes[i]));
    }
    scope_format(mask, scopes);
    (void)printf("%s  %s  until %s  revoked %s  %s  %s  %s\n", caller->caller_id, scopes,
                 day_of(caller->expire_time, expire), day_of(caller->revoke_time, revoke),
                 caller->name, caller->staff_number[0] == '\0' ? "-" : caller->staff_number,
                 caller->email[0] == '\0' ? "-" : caller->email);
}

static enum exit_code list(int argc, const char **argv, Hayat__Backoffice__V1__CallerType type)
{
    DEFER(texts_fini) struct caller_texts texts = {.days = DAYS_DEFAULT};
    const struct poptOption options[] = {REGISTRAR_OPTION_ROWS(texts.where),
                                         POPT_AUTOHELP POPT_TABLEEND};
    DEFER(command_line_fini) struct command_line line;
    struct registrar registrar;
    if (!command_line_init(&line, argc, argv, &(struct command_usage){options, "", 0, 0})) {
        return EXIT_USAGE;
    }
    if (!registrar_open(&texts.where, true, &registrar)) {
        return EXIT_FAILED;
    }
    status s = registrar_list(&registrar, print_row, &type);
    registrar_close(&registrar);
    return ok(s) ? EXIT_FINE : complain_status("the register", s);
}

enum exit_code command_agent_list(int argc, const char **argv)
{
    return list(argc, argv, TYPE(AGENT));
}

enum exit_code command_system_list(int argc, const char **argv)
{
    return list(argc, argv, TYPE(CORE_SYSTEM));
}
