#include "tools/hayatctl/demo_reviewers.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "hayat/backoffice/v1/agency.pb-c.h"
#include "hayat/backoffice/v1/review.pb-c.h"
#include "tools/hayatctl/demo_call.h"
#include "tools/hayatctl/demo_form.h"

#define REVIEW "/hayat.backoffice.v1.ReviewService/"
#define TASK(name) HAYAT__BACKOFFICE__V1__TASK_KIND__TASK_KIND_##name
#define DECISION(name) HAYAT__BACKOFFICE__V1__TASK_DECISION__TASK_DECISION_##name

enum { THREADS_MOST = 4, PAGE = 20, IDLE_MS = 100, EVIDENCE_TIMEOUT_MS = 60000 };

typedef Hayat__Backoffice__V1__Task Task;
typedef Hayat__Backoffice__V1__DecideTaskRequest Decide;

static const struct demo_method list_tasks = {
    REVIEW "ListTasks", &hayat__backoffice__v1__list_tasks_response__descriptor};
static const struct demo_method claim_task = {
    REVIEW "ClaimTask", &hayat__backoffice__v1__claim_task_response__descriptor};
static const struct demo_method release_task = {
    REVIEW "ReleaseTask", &hayat__backoffice__v1__release_task_response__descriptor};
static const struct demo_method get_task = {REVIEW "GetTask",
                                            &hayat__backoffice__v1__get_task_response__descriptor};
static const struct demo_method decide_task = {
    REVIEW "DecideTask", &hayat__backoffice__v1__decide_task_response__descriptor};
static const struct demo_method file_paper = {
    "/hayat.backoffice.v1.AgencyService/RegisterPaperFiling",
    &hayat__backoffice__v1__register_paper_filing_response__descriptor};

struct agent {
    char target[32], cert[SITE_PATH_BYTES + 32], key[SITE_PATH_BYTES + 32];
    struct demo_caller caller;
};

struct demo_reviewers {
    const struct demo_site *site;
    struct demo_review_counts *counts;
    struct agent *agents; /* site->agents of them */
    struct agent counter; /* agent 0 once more, on a connection of its own */
    char ca[SITE_PATH_BYTES];
    pthread_t threads[THREADS_MOST];
    int thread_count;
    atomic_int next_thread;
    atomic_bool stopping;
};

/* --- evidence --- */

static status read_stream(struct demo_reviewers *reviewers, struct agent *agent,
                          struct stream *stream)
{
    ProtobufCMessage *message;
    do {
        TRY(stream_read(stream, &hayat__backoffice__v1__read_evidence_response__descriptor,
                        &agent->caller.arena, &message));
        if (message != NULL) {
            reviewers->counts->evidence_bytes +=
                ((Hayat__Backoffice__V1__ReadEvidenceResponse *)message)->data.len;
        }
    } while (message != NULL);
    return STATUS_OK;
}

static status read_evidence(struct demo_reviewers *reviewers, struct agent *agent, Task *task,
                            const Hayat__V1__CertificateDocument *document)
{
    const struct call_options options = {.path = REVIEW "ReadEvidence",
                                         .timeout_ms = EVIDENCE_TIMEOUT_MS};
    Hayat__Backoffice__V1__ReadEvidenceRequest request;
    hayat__backoffice__v1__read_evidence_request__init(&request);
    request.task_id = task->task_id;
    request.document_id = document->document_id;
    struct stream *stream;
    TRY(demo_caller_connect(&agent->caller));
    TRY(channel_stream(agent->caller.channel, &options, &stream));
    (void)stream_write(stream, &request.base);
    (void)stream_writes_done(stream);
    status s = read_stream(reviewers, agent, stream);
    status end = stream_close(stream, NULL);
    return ok(s) ? end : s;
}

/* --- what is decided --- */

static bool page_is_missing(const Hayat__V1__CertificateDocument *document)
{
    return document->item == HAYAT__V1__DOCUMENT_ITEM__DOCUMENT_ITEM_FORM &&
           document->check != NULL && document->check->page_count < FORM_PAGES;
}

/* Of several forms the last sent counts; an earlier one is named with what is wrong with it all the same. */
static bool has_whole_form(const Hayat__V1__LifeCertificate *certificate)
{
    for (size_t i = 0; i < certificate->n_documents; i++) {
        if (!page_is_missing(certificate->documents[i])) {
            return true;
        }
    }
    return certificate->filed_on_paper;
}

static void add_finding(struct arena *arena, Decide *decide,
                        const Hayat__V1__CertificateDocument *document)
{
    Hayat__V1__Finding *finding = arena_alloc(arena, sizeof *finding);
    if (finding == NULL) {
        return;
    }
    hayat__v1__finding__init(finding);
    finding->document_id = document->document_id;
    finding->item = document->item;
    finding->page = FORM_PAGES;
    finding->reason = HAYAT__V1__FINDING_REASON__FINDING_REASON_PAGE_MISSING;
    decide->findings[decide->n_findings++] = finding;
}

static status judge(struct demo_reviewers *reviewers, struct agent *agent, Task *task,
                    const Hayat__V1__LifeCertificate *certificate, Decide *decide)
{
    struct arena *arena = &agent->caller.arena;
    bool whole = has_whole_form(certificate);
    decide->findings = arena_array(arena, certificate->n_documents, sizeof(Hayat__V1__Finding *));
    decide->accepted_document_ids = arena_array(arena, certificate->n_documents, sizeof(char *));
    TRY(arena_check(arena));
    for (size_t i = 0; i < certificate->n_documents; i++) {
        Hayat__V1__CertificateDocument *document = certificate->documents[i];
        TRY(read_evidence(reviewers, agent, task, document));
        if (whole || !page_is_missing(document)) {
            decide->accepted_document_ids[decide->n_accepted_document_ids++] =
                document->document_id;
        } else {
            add_finding(arena, decide, document);
        }
    }
    decide->decision = whole ? DECISION(APPROVE) : DECISION(MORE_NEEDED);
    return STATUS_OK;
}

static void count_decision(struct demo_reviewers *reviewers, const Task *task, const Decide *decide)
{
    struct demo_review_counts *counts = reviewers->counts;
    if (task->kind == TASK(SUSPENSION)) {
        counts->votes++;
    } else if (decide->decision == DECISION(MORE_NEEDED)) {
        counts->more_needed++;
    } else if (task->state != HAYAT__BACKOFFICE__V1__TASK_STATE__TASK_STATE_OPEN) {
        counts->accepted++;
    }
}

static status decide(struct demo_reviewers *reviewers, struct agent *agent, Task *task)
{
    char request_id[UUID_TEXT_BYTES], reason[] = "seen";
    Hayat__Backoffice__V1__GetTaskRequest look;
    Hayat__Backoffice__V1__GetTaskResponse *seen;
    Hayat__Backoffice__V1__DecideTaskResponse *decided;
    Decide request;
    hayat__backoffice__v1__get_task_request__init(&look);
    hayat__backoffice__v1__decide_task_request__init(&request);
    look.task_id = task->task_id;
    TRY(demo_call(&agent->caller, get_task, &look.base, (ProtobufCMessage **)&seen, NULL));
    uuid_new(&random_system, request_id);
    request.request_id = request_id;
    request.task_id = task->task_id;
    request.etag = seen->task->etag;
    request.reason = reason;
    request.decision = DECISION(APPROVE);
    if (seen->subject_case == HAYAT__BACKOFFICE__V1__GET_TASK_RESPONSE__SUBJECT_LIFE_CERTIFICATE) {
        TRY(judge(reviewers, agent, task, seen->life_certificate->certificate, &request));
    }
    TRY(demo_call(&agent->caller, decide_task, &request.base, (ProtobufCMessage **)&decided, NULL));
    count_decision(reviewers, decided->task, &request);
    return STATUS_OK;
}

static bool lost_race(status s)
{
    return s.why == REASON_TASK_CLAIMED || s.why == REASON_TASK_CLOSED ||
           s.why == REASON_TASK_VOTED || s.why == REASON_NOT_FOUND ||
           s.why == REASON_TASK_NOT_CLAIMED || s.why == REASON_ETAG_MISMATCH;
}

/* What one could not decide, another may. */
static void give_back(struct agent *agent, Task *task)
{
    Hayat__Backoffice__V1__ReleaseTaskRequest request;
    ProtobufCMessage *response;
    hayat__backoffice__v1__release_task_request__init(&request);
    request.task_id = task->task_id;
    (void)demo_call(&agent->caller, release_task, &request.base, &response, NULL);
}

static void take(struct demo_reviewers *reviewers, struct agent *agent, Task *task)
{
    Hayat__Backoffice__V1__ClaimTaskRequest request;
    ProtobufCMessage *response;
    hayat__backoffice__v1__claim_task_request__init(&request);
    request.task_id = task->task_id;
    status s = demo_call(&agent->caller, claim_task, &request.base, &response, NULL);
    if (ok(s)) {
        s = decide(reviewers, agent, task);
    }
    if (!ok(s) && !lost_race(s)) {
        give_back(agent, task);
    }
    if (!ok(s)) {
        *(lost_race(s) ? &reviewers->counts->lost_races : &reviewers->counts->failures) += 1;
    }
}

/* --- an agent's round --- */

/* The first tasks of the list are shared out among agents, so that they do not all reach for the first. */
static bool round_of(struct demo_reviewers *reviewers, int number)
{
    struct agent *agent = &reviewers->agents[number];
    Hayat__Backoffice__V1__ListTasksRequest request;
    Hayat__Backoffice__V1__ListTasksResponse *list;
    hayat__backoffice__v1__list_tasks_request__init(&request);
    request.page_size = PAGE;
    request.claim = HAYAT__BACKOFFICE__V1__TASK_CLAIM__TASK_CLAIM_NONE;
    arena_fini(&agent->caller.arena);
    arena_init(&agent->caller.arena, LIMIT_ARENA_BASE_BYTES);
    if (!ok(demo_call(&agent->caller, list_tasks, &request.base, (ProtobufCMessage **)&list,
                      NULL))) {
        reviewers->counts->failures++;
        return false;
    }
    for (size_t i = 0; i < list->n_tasks; i++) {
        if (list->n_tasks <= (size_t)reviewers->thread_count ||
            (int)i % reviewers->thread_count == number % reviewers->thread_count) {
            take(reviewers, agent, list->tasks[i]);
        }
    }
    reviewers->counts->idle_looks += list->n_tasks == 0;
    return list->n_tasks > 0;
}

static void *work(void *ctx)
{
    struct demo_reviewers *reviewers = ctx;
    int thread = reviewers->next_thread++;
    while (!reviewers->stopping) {
        bool found = false;
        for (int i = thread; i < reviewers->site->agents; i += reviewers->thread_count) {
            found = !reviewers->stopping && (round_of(reviewers, i) || found);
            if (!found && reviewers->agents[i].caller.channel != NULL) {
                channel_pause(reviewers->agents[i].caller.channel, IDLE_MS);
            }
        }
    }
    return NULL;
}

/* --- start and end --- */

static void prepare_agent(struct demo_reviewers *reviewers, struct agent *agent, int number)
{
    const struct demo_site *site = reviewers->site;
    (void)snprintf(agent->target, sizeof agent->target, "127.0.0.1:%d", site->agents_port);
    (void)snprintf(agent->cert, sizeof agent->cert, "%s/agents/%d.crt", site->directory, number);
    (void)snprintf(agent->key, sizeof agent->key, "%s/agents/%d.key", site->directory, number);
    demo_caller_init(&agent->caller, &(struct channel_options){.target = agent->target,
                                                               .ca_file = reviewers->ca,
                                                               .cert_file = agent->cert,
                                                               .key_file = agent->key});
}

static void start_threads(struct demo_reviewers *reviewers)
{
    int agents = reviewers->site->agents;
    reviewers->thread_count = agents < THREADS_MOST ? agents : THREADS_MOST;
    for (int i = 0; i < reviewers->thread_count; i++) {
        if (pthread_create(&reviewers->threads[i], NULL, work, reviewers) != 0) {
            abort(); /* a demonstration without its people is none */
        }
    }
}

status demo_reviewers_start(const struct demo_site *site, struct demo_review_counts *counts,
                            struct demo_reviewers **ret)
{
    struct demo_reviewers *reviewers = calloc(1, sizeof *reviewers);
    if (reviewers == NULL) {
        return FAIL(ARENA_FULL);
    }
    reviewers->site = site;
    reviewers->counts = counts;
    reviewers->agents = calloc((size_t)site->agents, sizeof *reviewers->agents);
    if (reviewers->agents == NULL || !demo_site_path(site, "tls/ca.crt", reviewers->ca)) {
        free(reviewers->agents);
        free(reviewers);
        return FAIL(ARENA_FULL);
    }
    for (int i = 0; i < site->agents; i++) {
        prepare_agent(reviewers, &reviewers->agents[i], i);
    }
    prepare_agent(reviewers, &reviewers->counter, 0);
    start_threads(reviewers);
    *ret = reviewers;
    return STATUS_OK;
}

void demo_reviewers_stop(struct demo_reviewers *reviewers)
{
    if (reviewers == NULL) {
        return;
    }
    reviewers->stopping = true;
    for (int i = 0; i < reviewers->thread_count; i++) {
        (void)pthread_join(reviewers->threads[i], NULL);
    }
    for (int i = 0; i < reviewers->site->agents; i++) {
        demo_caller_fini(&reviewers->agents[i].caller);
    }
    demo_caller_fini(&reviewers->counter.caller);
    free(reviewers->agents);
    free(reviewers);
}

/* --- the counter --- */

status demo_reviewers_file_paper(struct demo_reviewers *reviewers, const char *registration_number)
{
    char request_id[UUID_TEXT_BYTES], reference[] = "DEMO-1";
    Hayat__Backoffice__V1__MemberKey member;
    Hayat__Backoffice__V1__Access access;
    Hayat__Backoffice__V1__RegisterPaperFilingRequest request;
    ProtobufCMessage *response;
    hayat__backoffice__v1__member_key__init(&member);
    hayat__backoffice__v1__access__init(&access);
    hayat__backoffice__v1__register_paper_filing_request__init(&request);
    uuid_new(&random_system, request_id);
    member.key_case = HAYAT__BACKOFFICE__V1__MEMBER_KEY__KEY_REGISTRATION_NUMBER;
    member.registration_number = (char *)(uintptr_t)registration_number;
    access.purpose = HAYAT__BACKOFFICE__V1__ACCESS_PURPOSE__ACCESS_PURPOSE_FILING;
    request.request_id = request_id;
    request.member = &member;
    request.access = &access;
    request.route = HAYAT__V1__PROOF_ROUTE__PROOF_ROUTE_AUTHORITY_FORM;
    request.sheet_count = FORM_PAGES;
    request.reference = reference;
    return demo_call(&reviewers->counter.caller, file_paper, &request.base, &response, NULL);
}
