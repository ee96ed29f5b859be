/* hayatctl review list, claim, release, show, evidence: what waits for a person, as the reviewer whose certificate is given. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/defer.h"
#include "base/limits.h"
#include "tools/hayat/message_json.h"
#include "tools/hayatctl/review_client.h"

enum { EVIDENCE_TIMEOUT_MS = 600000, MESSAGE_ARENA_BYTES = 2 * LIMIT_SEND_BYTES };

typedef Hayat__Backoffice__V1__ListTasksRequest List;
typedef Hayat__Backoffice__V1__ListTasksResponse Page;

#define CLAIM(name) HAYAT__BACKOFFICE__V1__TASK_CLAIM__TASK_CLAIM_##name

/* --- list --- */

static status print_all(struct registrar *client, List *request)
{
    Page *page;
    do {
        TRY(review_client_list(client, request, &page));
        for (size_t i = 0; i < page->n_tasks; i++) {
            review_client_print(page->tasks[i]);
        }
        request->page_token = page->next_page_token;
    } while (page->next_page_token[0] != '\0');
    return STATUS_OK;
}

enum exit_code command_review_list(int argc, const char **argv)
{
    DEFER(registrar_options_fini) struct registrar_options where = {.server = NULL};
    int free_ones = 0, mine = 0;
    const struct poptOption options[] = {
        REVIEW_OPTION_ROWS(where),
        {"free", 0, POPT_ARG_NONE, &free_ones, 0, "those I may claim", NULL},
        {"mine", 0, POPT_ARG_NONE, &mine, 0, "those I have", NULL},
        POPT_AUTOHELP POPT_TABLEEND};
    DEFER(command_line_fini) struct command_line line;
    struct registrar client;
    List request = HAYAT__BACKOFFICE__V1__LIST_TASKS_REQUEST__INIT;
    if (!command_line_init(&line, argc, argv, &(struct command_usage){options, "", 0, 0})) {
        return EXIT_USAGE;
    }
    if (!review_client_open(&where, &client)) {
        return EXIT_USAGE;
    }
    request.page_size = LIMIT_PAGE_MAX;
    request.claim = free_ones != 0 ? CLAIM(NONE) : mine != 0 ? CLAIM(MINE) : CLAIM(UNSPECIFIED);
    status s = print_all(&client, &request);
    registrar_close(&client);
    return ok(s) ? EXIT_FINE : complain_status("the tasks", s);
}

/* --- one task --- */

static status run_claim(struct registrar *client, const char *task_id)
{
    Hayat__Backoffice__V1__Task *task;
    TRY(review_client_claim(client, task_id, &task));
    review_client_print(task);
    return STATUS_OK;
}

static status run_release(struct registrar *client, const char *task_id)
{
    Hayat__Backoffice__V1__ReleaseTaskRequest request;
    hayat__backoffice__v1__release_task_request__init(&request);
    request.task_id = arena_str(&client->arena, bytes_str(task_id));
    ProtobufCMessage *message;
    return registrar_call(client, REVIEW_METHOD("ReleaseTask"), &request.base,
                          &hayat__backoffice__v1__release_task_response__descriptor, &message);
}

static status run_show(struct registrar *client, const char *task_id)
{
    Hayat__Backoffice__V1__GetTaskRequest request;
    hayat__backoffice__v1__get_task_request__init(&request);
    request.task_id = arena_str(&client->arena, bytes_str(task_id));
    ProtobufCMessage *message;
    TRY(registrar_call(client, REVIEW_METHOD("GetTask"), &request.base,
                       &hayat__backoffice__v1__get_task_response__descriptor, &message));
    json_t *json = message_json(message);
    int failed = json == NULL || json_dumpf(json, stdout, JSON_INDENT(2)) != 0;
    json_decref(json);
    (void)putchar('\n');
    return failed ? FAIL(FILE_UNWRITABLE) : STATUS_OK;
}

typedef status act(struct registrar *client, const char *task_id);

static enum exit_code run_with_task(int argc, const char **argv, size_t least, act *run)
{
    DEFER(registrar_options_fini) struct registrar_options where = {.server = NULL};
    const struct poptOption options[] = {REVIEW_OPTION_ROWS(where), POPT_AUTOHELP POPT_TABLEEND};
    DEFER(command_line_fini) struct command_line line;
    struct registrar client;
    if (!command_line_init(&line, argc, argv, &(struct command_usage){options, "TASK", least, 1})) {
        return EXIT_USAGE;
    }
    if (!review_client_open(&where, &client)) {
        return EXIT_USAGE;
    }
    const char *task_id = line.count == 0 ? "" : line.arguments[0]; /* "": the next one */
    status s = run(&client, task_id);
    registrar_close(&client);
    return ok(s) ? EXIT_FINE : complain_status(line.count == 0 ? "the next task" : task_id, s);
}

enum exit_code command_review_claim(int argc, const char **argv)
{
    return run_with_task(argc, argv, 0, run_claim);
}

enum exit_code command_review_release(int argc, const char **argv)
{
    return run_with_task(argc, argv, 1, run_release);
}

enum exit_code command_review_show(int argc, const char **argv)
{
    return run_with_task(argc, argv, 1, run_show);
}

/* --- evidence --- */

static status write_all(int fd, const ProtobufCBinaryData *data)
{
    for (size_t used = 0; used < data->len;) {
        ssize_t n = write(fd, data->data + used, data->len - used);
        if (n < 0 && errno != EINTR) {
            return FAIL(FILE_UNWRITABLE);
        }
        used += n > 0 ? (size_t)n : 0;
    }
    return STATUS_OK;
}

static status take_all(struct stream *stream, int fd)
{
    struct arena arena;
    ProtobufCMessage *message;
    status s;
    arena_init(&arena, MESSAGE_ARENA_BYTES);
    do {
        arena_reset(&arena, MESSAGE_ARENA_BYTES);
        s = stream_read(stream, &hayat__backoffice__v1__read_evidence_response__descriptor, &arena,
                        &message);
        if (ok(s) && message != NULL) {
            s = write_all(fd, &((Hayat__Backoffice__V1__ReadEvidenceResponse *)message)->data);
        }
    } while (ok(s) && message != NULL);
    arena_fini(&arena);
    return s;
}

static status read_into(struct registrar *client, const char *const *ids, int fd)
{
    Hayat__Backoffice__V1__ReadEvidenceRequest request;
    const struct call_options options = {
        .path = REVIEW_METHOD("ReadEvidence"), .timeout_ms = EVIDENCE_TIMEOUT_MS, .language = "en"};
    struct stream *stream;
    struct rpc_error error;
    hayat__backoffice__v1__read_evidence_request__init(&request);
    request.task_id = arena_str(&client->arena, bytes_str(ids[0]));
    request.document_id = arena_str(&client->arena, bytes_str(ids[1]));
    TRY(channel_stream(client->channel, &options, &stream));
    status local = STATUS_OK;
    if (ok(stream_write(stream, &request.base)) && ok(stream_writes_done(stream))) {
        local = take_all(stream, fd);
    }
    status remote = stream_close(stream, &error);
    if (!ok(remote) && error.message[0] != '\0') {
        complain("%s", error.message);
    }
    return ok(local) ? remote : local;
}

/* Nothing is left when it failed: half a document is no evidence. */
static status save_evidence(struct registrar *client, const char *const *ids, const char *path)
{
    DEFER(defer_close)
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return FAIL(FILE_UNWRITABLE);
    }
    status s = read_into(client, ids, fd);
    if (!ok(s)) {
        (void)unlink(path);
    }
    return s;
}

enum exit_code command_review_evidence(int argc, const char **argv)
{
    DEFER(registrar_options_fini) struct registrar_options where = {.server = NULL};
    DEFER(defer_free) char *out = NULL;
    const struct poptOption options[] = {
        REVIEW_OPTION_ROWS(where),
        {"out", 'o', POPT_ARG_STRING, &out, 0, "a new file for the document's copy", "FILE"},
        POPT_AUTOHELP POPT_TABLEEND};
    DEFER(command_line_fini) struct command_line line;
    struct registrar client;
    if (!command_line_init(&line, argc, argv,
                           &(struct command_usage){options, "TASK DOCUMENT", 2, 2})) {
        return EXIT_USAGE;
    }
    if (out == NULL || !review_client_open(&where, &client)) {
        complain("review evidence needs --out FILE and a server");
        return EXIT_USAGE;
    }
    status s = save_evidence(&client, line.arguments, out);
    registrar_close(&client);
    return ok(s) ? EXIT_FINE : complain_status(line.arguments[1], s);
}
