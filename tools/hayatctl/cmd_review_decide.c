/* hayatctl review decide: a vote on a task that the reviewer has claimed. */
#include <stdlib.h>
#include <string.h>

#include "base/defer.h"
#include "base/limits.h"
#include "tools/hayatctl/review_client.h"

typedef Hayat__Backoffice__V1__DecideTaskRequest Decide;

struct words {
    char *reason, *etag;
    char **findings, **missing, **accepted; /* popt's */
};

static void free_list(char **list)
{
    for (size_t i = 0; list != NULL && list[i] != NULL; i++) {
        free(list[i]);
    }
    free(list);
}

static void words_fini(struct words *words)
{
    free(words->reason);
    free(words->etag);
    free_list(words->findings);
    free_list(words->missing);
    free_list(words->accepted);
}

static size_t count(char **list)
{
    size_t n = 0;
    while (list != NULL && list[n] != NULL) {
        n++;
    }
    return n;
}

/* --- what was found --- */

/* "DOCUMENT:PAGE:REASON" or "DOCUMENT:PAGE:REASON:NOTE"; an item instead of the document for papers. */
static bool parse_finding(struct arena *arena, const char *text, Hayat__V1__Finding *finding)
{
    char *where = arena_str(arena, bytes_str(text));
    char *page = where == NULL ? NULL : strchr(where, ':');
    char *reason = page == NULL ? NULL : strchr(page + 1, ':');
    if (reason == NULL) {
        return false;
    }
    *page++ = '\0';
    *reason++ = '\0';
    char *note = strchr(reason, ':');
    if (note != NULL) {
        *note++ = '\0';
        finding->note = note;
    }
    char *end;
    long number = strtol(page, &end, 10);
    int why = review_client_word(&hayat__v1__finding_reason__descriptor, "FINDING_REASON_", reason);
    int item = review_client_word(&hayat__v1__document_item__descriptor, "DOCUMENT_ITEM_", where);
    finding->page = (int32_t)number;
    finding->reason = (Hayat__V1__FindingReason)why;
    if (item >= 0) {
        finding->item = (Hayat__V1__DocumentItem)item;
    } else {
        finding->document_id = where;
    }
    return why > 0 && *end == '\0' && number >= 0 && number <= INT32_MAX;
}

static bool add_findings(struct arena *arena, char **texts, Decide *request)
{
    request->findings = arena_array(arena, count(texts), sizeof(Hayat__V1__Finding *));
    for (size_t i = 0; request->findings != NULL && i < count(texts); i++) {
        Hayat__V1__Finding *finding = arena_alloc(arena, sizeof *finding);
        if (finding == NULL) {
            return false;
        }
        hayat__v1__finding__init(finding);
        if (!parse_finding(arena, texts[i], finding)) {
            complain("%s: DOCUMENT:PAGE:REASON[:NOTE]", texts[i]);
            return false;
        }
        request->findings[request->n_findings++] = finding;
    }
    return request->findings != NULL;
}

static bool add_missing(struct arena *arena, char **texts, Decide *request)
{
    request->missing_items = arena_array(arena, count(texts), sizeof *request->missing_items);
    for (size_t i = 0; request->missing_items != NULL && i < count(texts); i++) {
        int item = review_client_word(&hayat__v1__document_item__descriptor, "DOCUMENT_ITEM_",
                                      texts[i]);
        if (item < 0) {
            complain("%s: no item of a certificate", texts[i]);
            return false;
        }
        request->missing_items[request->n_missing_items++] = (Hayat__V1__DocumentItem)item;
    }
    return request->missing_items != NULL;
}

static bool fill(struct arena *arena, const struct words *words, const char *decision,
                 Decide *request)
{
    int said = review_client_word(&hayat__backoffice__v1__task_decision__descriptor,
                                  "TASK_DECISION_", decision);
    if (said <= 0 || words->reason == NULL) {
        complain("review decide TASK approve|refuse|more-needed --reason TEXT");
        return false;
    }
    request->decision = (Hayat__Backoffice__V1__TaskDecision)said;
    request->reason = words->reason;
    request->accepted_document_ids = words->accepted;
    request->n_accepted_document_ids = count(words->accepted);
    return add_findings(arena, words->findings, request) &&
           add_missing(arena, words->missing, request);
}

/* --- the vote --- */

/* Of the version that was looked at, when --etag says which; else of the task as it is now. */
static status take_etag(struct registrar *client, const struct words *words, Decide *request)
{
    Hayat__Backoffice__V1__Task *task;
    if (words->etag != NULL) {
        request->etag = words->etag;
        return STATUS_OK;
    }
    TRY(review_client_claim(client, request->task_id, &task));
    request->etag = task->etag;
    return STATUS_OK;
}

static status decide(struct registrar *client, const struct words *words, Decide *request)
{
    ProtobufCMessage *message;
    TRY(take_etag(client, words, request));
    request->request_id = registrar_request_id(client);
    TRY(registrar_call(client, REVIEW_METHOD("DecideTask"), &request->base,
                       &hayat__backoffice__v1__decide_task_response__descriptor, &message));
    review_client_print(((Hayat__Backoffice__V1__DecideTaskResponse *)message)->task);
    return STATUS_OK;
}

enum exit_code command_review_decide(int argc, const char **argv)
{
    DEFER(registrar_options_fini) struct registrar_options where = {.server = NULL};
    DEFER(words_fini) struct words words = {.reason = NULL};
    const struct poptOption options[] = {
        REVIEW_OPTION_ROWS(where),
        {"reason", 0, POPT_ARG_STRING, &words.reason, 0, "why: kept with the vote", "TEXT"},
        {"etag", 0, POPT_ARG_STRING, &words.etag, 0, "the task's, as it was looked at", "ETAG"},
        {"finding", 0, POPT_ARG_ARGV, &words.findings, 0, "what is wrong, as often as needed",
         "DOCUMENT:PAGE:REASON[:NOTE]"},
        {"missing", 0, POPT_ARG_ARGV, &words.missing, 0, "what is missing", "ITEM"},
        {"accept", 0, POPT_ARG_ARGV, &words.accepted, 0, "nothing is wrong with it", "DOCUMENT"},
        POPT_AUTOHELP POPT_TABLEEND};
    DEFER(command_line_fini) struct command_line line;
    struct registrar client;
    Decide request = HAYAT__BACKOFFICE__V1__DECIDE_TASK_REQUEST__INIT;
    if (!command_line_init(&line, argc, argv,
                           &(struct command_usage){options, "TASK DECISION", 2, 2}) ||
        !review_client_open(&where, &client)) {
        return EXIT_USAGE;
    }
    request.task_id = arena_str(&client.arena, bytes_str(line.arguments[0]));
    enum exit_code code = EXIT_USAGE;
    if (fill(&client.arena, &words, line.arguments[1], &request)) {
        status s = decide(&client, &words, &request);
        code = ok(s) ? EXIT_FINE : complain_status(line.arguments[0], s);
    }
    registrar_close(&client);
    return code;
}
