#include "tools/hayatctl/demo_reviewers.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
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

/* Looked at and forgotten, piece by piece. */
static status read_stream(struct demo_reviewers *reviewers, struct stream *stream)
{
    bool more = true;
    while (more) {
        struct arena arena;
        ProtobufCMessage *message = NULL;
        arena_init(&arena, LIMIT_ARENA_BASE_BYTES);
        status s = stream_read(stream, &hayat__backoffice__v1__read_evidence_response__descriptor,
                               &arena, &message);
        more = ok(s) && message != NULL;
        if (more) {
            reviewers->counts->evidence_bytes +=
                ((Hayat__Backoffice__V1__ReadEvidenceResponse *)message)->data.len;
        }
        arena_fini(&arena);
        TRY(s);
    }
    return STATUS_OK;
}

static status read_evidence(struct demo_reviewers *reviewers, struct agent *agent, char *task_id,
                            const Hayat__V1__CertificateDocument *document)
{
    const struct call_options options = {.path = REVIEW "ReadEvidence",
                                         .timeout_ms = EVIDENCE_TIMEOUT_MS};
    Hayat__Backoffice__V1__ReadEvidenceRequest request;
    hayat__backoffice__v1__read_evidence_request__init(&request);
    request.task_id = task_id;
    request.document_id = document->document_id;
    struct stream *stream;
    TRY(demo_caller_connect(&agent->caller));
    TRY(channel_stream(agent->caller.channel, &options, &stream));
    (void)stream_write(stream, &request.base);
    (void)stream_writes_done(stream);
    status s = read_stream(reviewers, stream);
    status end = stream_close(stream, NULL);
    return ok(s) ? end : s;
}

/* --- what is decided --- */

#define CHECK(name) HAYAT__V1__DOCUMENT_CHECK_STATE__DOCUMENT_CHECK_STATE_##name
#define FINDING(name) HAYAT__V1__FINDING_REASON__FINDING_REASON_##name

/* What is wrong with a document that was READABLE or not; UNSPECIFIED: nothing. */
static Hayat__V1__FindingReason fault_of(const Hayat__V1__CertificateDocument *document,
                                         bool readable)
{
    if (!readable) {
        return FINDING(ILLEGIBLE);
    }
    bool page_missing = document->item == HAYAT__V1__DOCUMENT_ITEM__DOCUMENT_ITEM_FORM &&
                        document->check != NULL && document->check->page_count < FORM_PAGES;
    return page_missing ? FINDING(PAGE_MISSING) : FINDING(UNSPECIFIED);
}

/* The machine counts the pages: nobody judges before it has. */
static bool is_being_checked(const Hayat__V1__LifeCertificate *certificate)
{
    for (size_t i = 0; i < certificate->n_documents; i++) {
        const Hayat__V1__DocumentCheck *check = certificate->documents[i]->check;
        if (check != NULL && check->state == CHECK(PENDING)) {
            return true;
        }
    }
    return false;
}

static status read_all(struct demo_reviewers *reviewers, struct agent *agent, char *task_id,
                       const Hayat__V1__LifeCertificate *certificate,
                       Hayat__V1__FindingReason *faults)
{
    for (size_t i = 0; i < certificate->n_documents; i++) {
        Hayat__V1__CertificateDocument *document = certificate->documents[i];
        status s = read_evidence(reviewers, agent, task_id, document);
        if (!ok(s) && s.why != REASON_EVIDENCE_UNREADABLE) {
            return s;
        }
        faults[i] = fault_of(document, ok(s));
    }
    return STATUS_OK;
}

static status add_finding(struct arena *arena, Decide *decide,
                          const Hayat__V1__CertificateDocument *document,
                          Hayat__V1__FindingReason reason)
{
    Hayat__V1__Finding *finding = arena_alloc(arena, sizeof *finding);
    TRY(arena_check(arena));
    hayat__v1__finding__init(finding);
    finding->document_id = document->document_id;
    finding->item = document->item;
    finding->page = reason == FINDING(PAGE_MISSING) ? FORM_PAGES : 0;
    finding->reason = reason;
    decide->findings[decide->n_findings++] = finding;
    return STATUS_OK;
}

/* Of several forms a whole one is enough; then an earlier one is taken as it is, if it can be read. */
static status judge(struct demo_reviewers *reviewers, struct agent *agent, char *task_id,
                    const Hayat__V1__LifeCertificate *certificate, Decide *decide)
{
    struct arena *arena = &agent->caller.arena;
    size_t count = certificate->n_documents;
    Hayat__V1__FindingReason *faults = arena_array(arena, count, sizeof *faults);
    decide->findings = arena_array(arena, count, sizeof(Hayat__V1__Finding *));
    decide->accepted_document_ids = arena_array(arena, count, sizeof(char *));
    TRY(arena_check(arena));
    TRY(read_all(reviewers, agent, task_id, certificate, faults));
    bool whole = certificate->filed_on_paper;
    for (size_t i = 0; i < count; i++) {
        whole = whole || faults[i] == FINDING(UNSPECIFIED);
    }
    for (size_t i = 0; i < count; i++) {
        if (faults[i] == FINDING(UNSPECIFIED) || (whole && faults[i] == FINDING(PAGE_MISSING))) {
            decide->accepted_document_ids[decide->n_accepted_document_ids++] =
                certificate->documents[i]->document_id;
        } else if (!whole) {
            TRY(add_finding(arena, decide, certificate->documents[i], faults[i]));
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

/* Each task's answers have the agent's memory to themselves. */
static void clear_desk(struct agent *agent)
{
    arena_fini(&agent->caller.arena);
    arena_init(&agent->caller.arena, LIMIT_ARENA_BASE_BYTES);
}

/* What one could not decide, another may. */
static void give_back(struct agent *agent, char *task_id)
{
    Hayat__Backoffice__V1__ReleaseTaskRequest request;
    ProtobufCMessage *response;
    hayat__backoffice__v1__release_task_request__init(&request);
    request.task_id = task_id;
    (void)demo_call(&agent->caller, release_task, &request.base, &response, NULL);
}

static status decide(struct demo_reviewers *reviewers, struct agent *agent, char *task_id,
                     bool *ret_decided)
{
    char request_id[UUID_TEXT_BYTES], reason[] = "seen";
    Hayat__Backoffice__V1__GetTaskRequest look;
    Hayat__Backoffice__V1__GetTaskResponse *seen;
    Hayat__Backoffice__V1__DecideTaskResponse *decided;
    Decide request;
    hayat__backoffice__v1__get_task_request__init(&look);
    hayat__backoffice__v1__decide_task_request__init(&request);
    look.task_id = task_id;
    TRY(demo_call(&agent->caller, get_task, &look.base, (ProtobufCMessage **)&seen, NULL));
    uuid_new(&random_system, request_id);
    request.request_id = request_id;
    request.task_id = task_id;
    request.etag = seen->task->etag;
    request.reason = reason;
    request.decision = DECISION(APPROVE);
    if (seen->subject_case == HAYAT__BACKOFFICE__V1__GET_TASK_RESPONSE__SUBJECT_LIFE_CERTIFICATE) {
        const Hayat__V1__LifeCertificate *certificate = seen->life_certificate->certificate;
        if (is_being_checked(certificate)) {
            give_back(agent, task_id);
            return STATUS_OK;
        }
        TRY(judge(reviewers, agent, task_id, certificate, &request));
    }
    *ret_decided = true;
    TRY(demo_call(&agent->caller, decide_task, &request.base, (ProtobufCMessage **)&decided, NULL));
    count_decision(reviewers, decided->task, &request);
    return STATUS_OK;
}

static bool lost_race(status s)
{
    return s.why == REASON_TASK_CLAIMED || s.why == REASON_TASK_CLOSED ||
           s.why == REASON_TASK_VOTED || s.why == REASON_TASK_INVOLVED ||
           s.why == REASON_TASK_HELD || s.why == REASON_NOT_FOUND ||
           s.why == REASON_TASK_NOT_CLAIMED || s.why == REASON_ETAG_MISMATCH;
}

/* Whether there was something to decide. */
static bool take(struct demo_reviewers *reviewers, struct agent *agent, char *task_id)
{
    bool decided = false;
    Hayat__Backoffice__V1__ClaimTaskRequest request;
    ProtobufCMessage *response;
    clear_desk(agent);
    hayat__backoffice__v1__claim_task_request__init(&request);
    request.task_id = task_id;
    status s = demo_call(&agent->caller, claim_task, &request.base, &response, NULL);
    if (ok(s)) {
        s = decide(reviewers, agent, task_id, &decided);
    }
    if (lost_race(s)) {
        reviewers->counts->lost_races++;
    } else if (!ok(s)) {
        (void)fprintf(stderr, "hayatctl: an agent, %s: %s\n", task_id, reason_name(s.why));
        reviewers->counts->failures++;
        give_back(agent, task_id);
    }
    return decided;
}

/* --- an agent's round --- */

/* The first tasks of the list are shared out among agents, so that they do not all reach for the first. */
static bool round_of(struct demo_reviewers *reviewers, int number)
{
    struct agent *agent = &reviewers->agents[number];
    char ids[PAGE][ID_TEXT_MAX];
    size_t count = 0;
    bool found = false;
    Hayat__Backoffice__V1__ListTasksRequest request;
    Hayat__Backoffice__V1__ListTasksResponse *list;
    hayat__backoffice__v1__list_tasks_request__init(&request);
    request.page_size = PAGE;
    request.claim = HAYAT__BACKOFFICE__V1__TASK_CLAIM__TASK_CLAIM_NONE;
    clear_desk(agent);
    if (!ok(demo_call(&agent->caller, list_tasks, &request.base, (ProtobufCMessage **)&list,
                      NULL))) {
        reviewers->counts->failures++;
        return false;
    }
    for (; count < list->n_tasks && count < PAGE; count++) {
        (void)snprintf(ids[count], sizeof ids[count], "%s", list->tasks[count]->task_id);
    }
    for (size_t i = 0; i < count; i++) {
        if (count <= (size_t)reviewers->thread_count ||
            (int)i % reviewers->thread_count == number % reviewers->thread_count) {
            found = take(reviewers, agent, ids[i]) || found;
        }
    }
    reviewers->counts->idle_looks += count == 0;
    return found;
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
    clear_desk(&reviewers->counter);
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
