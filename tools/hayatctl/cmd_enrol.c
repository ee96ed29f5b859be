/* hayatctl enrol: a device for a member, for demonstrations and tests; hayatd must not run
   meanwhile (one writer). */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/defer.h"
#include "base/limits.h"
#include "storage/audit_store.h"
#include "tools/hayatctl/device_file.h"
#include "tools/hayatctl/store_session.h"

struct enrol_options {
    const char *member, *out, *server, *ca;
    Hayat__Store__V1__DeviceAlgorithm algorithm;
};

struct enrol_job {
    const char *member;
    const struct device_pair *pair;
    struct id device;
};

/* The operator did it: the member sees that. */
static status audit(struct txn *txn, const char *event, const struct enrol_job *job)
{
    return audit_append(txn, &(struct audit_event){.event = event,
                                                   .actor_kind = AUDIT_ACTOR_OPERATOR,
                                                   .subject = owner_of_registration(
                                                       txn_keys(txn), bytes_str(job->member)),
                                                   .object_type = "dev",
                                                   .object = job->device});
}

static status run_enrol(void *ctx, struct txn *txn)
{
    struct enrol_job *job = ctx;
    const struct enrolment enrolment = {
        .registration_number = bytes_str(job->member),
        .algorithm = job->pair->algorithm,
        .public_key = bytes_of(job->pair->public_key, job->pair->public_key_len),
    };
    TRY(enrol_device(txn, &enrolment, &job->device));
    return audit(txn, "hayatctl enrol", job);
}

static status run_revoke(void *ctx, struct txn *txn)
{
    struct enrol_job *job = ctx;
    TRY(enrol_revoke_device(txn, bytes_str(job->member), job->device));
    return audit(txn, "hayatctl enrol, taken back", job);
}

static status run_in_store(struct store_session *session, status (*run)(void *, struct txn *),
                           struct enrol_job *job)
{
    struct arena arena;
    arena_init(&arena, LIMIT_ARENA_BASE_BYTES);
    status s = writer_run(session->writer, &arena, run, job);
    arena_fini(&arena);
    return s;
}

static enum exit_code write_file(struct store_session *session, const struct enrol_options *options,
                                 struct enrol_job *job)
{
    char device_id[ID_TEXT_MAX], path[PATH_MAX];
    id_format(job->device, "dev", device_id);
    int len = options->out != NULL ? snprintf(path, sizeof(path), "%s", options->out)
                                   : snprintf(path, sizeof(path), "%s.json", device_id);
    const struct device_file file = {device_id, options->server, options->ca};
    status s = len > 0 && (size_t)len < sizeof(path) ? device_file_write(path, job->pair, &file)
                                                     : FAIL(FILE_UNWRITABLE);
    if (!ok(s)) {
        (void)complain_status(path, s);
        s = run_in_store(session, run_revoke, job);
        complain("the device %s %s", device_id,
                 ok(s) ? "was revoked again" : "stays enrolled without a file");
        return EXIT_FAILED;
    }
    (void)printf("%s %s\n", device_id, path);
    return EXIT_FINE;
}

static enum exit_code enrol(struct store_session *session, const struct enrol_options *options)
{
    struct device_pair pair;
    status s = device_pair_make(options->algorithm, &pair);
    if (!ok(s)) {
        return complain_status("the device's key pair", s);
    }
    struct enrol_job job = {.member = options->member, .pair = &pair};
    s = run_in_store(session, run_enrol, &job);
    enum exit_code code = EXIT_FAILED;
    if (s.why == REASON_NOT_FOUND) {
        complain("no member %s is in the store", options->member);
    } else if (!ok(s)) {
        code = complain_status(options->member, s);
    } else {
        code = write_file(session, options, &job);
    }
    device_pair_fini(&pair);
    return code;
}

static enum exit_code enrol_in(const struct store_paths *paths, const struct enrol_options *options)
{
    struct store_session session;
    if (!store_session_open(paths, false, &session)) {
        return EXIT_FAILED;
    }
    enum exit_code code = enrol(&session, options);
    store_session_close(&session);
    return code;
}

struct enrol_texts {
    char *member, *algorithm, *out, *server, *ca;
};

static void free_texts(struct enrol_texts *texts)
{
    free(texts->member);
    free(texts->algorithm);
    free(texts->out);
    free(texts->server);
    free(texts->ca);
}

/* The CA's path is kept whole, since the client runs elsewhere. */
static bool read_options(const struct enrol_texts *texts, const struct store_paths *paths,
                         char ca[PATH_MAX], struct enrol_options *ret)
{
    *ret = (struct enrol_options){.member = texts->member, .out = texts->out, .ca = ca};
    if (texts->member == NULL) {
        complain("--member REGISTRATION is missing");
        return false;
    }
    if (!device_algorithm_parse(texts->algorithm != NULL ? texts->algorithm : "p256",
                                &ret->algorithm)) {
        complain("--algorithm must be p256 or ed25519, not \"%s\"", texts->algorithm);
        return false;
    }
    ret->server = texts->server != NULL ? texts->server : paths->server;
    const char *ca_path = texts->ca != NULL ? texts->ca : paths->ca;
    ca[0] = '\0';
    if (ca_path[0] != '\0' && realpath(ca_path, ca) == NULL) {
        complain("%s: the CA's certificate cannot be found", ca_path);
        return false;
    }
    return true;
}

enum exit_code command_enrol(int argc, const char **argv)
{
    DEFER(store_options_fini) struct store_options where = {0};
    DEFER(free_texts) struct enrol_texts texts = {0};
    const struct poptOption options[] = {
        STORE_OPTION_ROWS(where),
        {"member", 'm', POPT_ARG_STRING, &texts.member, 0, "the member's registration number",
         "REGISTRATION"},
        {"registration", 0, POPT_ARG_STRING, &texts.member, 0, "the same", "REGISTRATION"},
        {"algorithm", 'a', POPT_ARG_STRING, &texts.algorithm, 0, "p256 (default) or ed25519",
         "NAME"},
        {"out", 'o', POPT_ARG_STRING, &texts.out, 0, "the device file (default: its id)", "FILE"},
        {"server", 0, POPT_ARG_STRING, &texts.server, 0,
         "for the file (default: the configuration's)", "ADDR"},
        {"ca", 0, POPT_ARG_STRING, &texts.ca, 0, "for the file (default: the configuration's)",
         "FILE"},
        POPT_AUTOHELP POPT_TABLEEND};
    DEFER(command_line_fini) struct command_line line;
    struct store_paths paths;
    struct enrol_options chosen;
    char ca[PATH_MAX];
    if (!command_line_init(&line, argc, argv, &(struct command_usage){options, "", 0, 0}) ||
        !store_paths_find(&where, &paths) || !read_options(&texts, &paths, ca, &chosen)) {
        return EXIT_USAGE;
    }
    return enrol_in(&paths, &chosen);
}
