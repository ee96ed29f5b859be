/* Suspensions of life_certificate_flow.h: proposed by a job, decided on by two persons (RULE LC-6, LC-7). */
#include "base/limits.h"
#include "service/flow_step.h"
#include "service/message.h"
#include "service/task.h"
#include "storage/document_store.h"

#define DOCUMENT(name) HAYAT__STORE__V1__DOCUMENT_STATE__DOCUMENT_STATE_##name
#define REMINDER(name) HAYAT__STORE__V1__REMINDER_OUTCOME__REMINDER_OUTCOME_##name

enum { DAY_MS = 24 * 3600 * 1000 };

/* --- what is known --- */

static void see_upload(void *ctx, const Hayat__Store__V1__StoredDocument *document)
{
    bool *open = ctx;
    *open |= document->state == DOCUMENT(OPEN);
}

/* What was filed for a later year counts as well. */
static certificate_state best_from(const struct life_certificate_list *list, int32_t year)
{
    certificate_state best = CERTIFICATE(UNSPECIFIED);
    for (size_t i = 0; i < list->count; i++) {
        certificate_state state = (certificate_state)list->rows[i].state;
        bool better = certificate_rank(state) > certificate_rank(best);
        best = list->rows[i].year >= year && better ? state : best;
    }
    return best;
}

/* The reminders that arrived, and how long ago the one arrived that makes them enough. */
static void count_reminders(const obligation_row *obligation, int64_t steady_ms,
                            struct suspension_facts *facts)
{
    for (size_t i = 0; i < obligation->n_reminders; i++) {
        const Hayat__Store__V1__StoredReminder *reminder = obligation->reminders[i];
        if (reminder->outcome != REMINDER(DELIVERED) ||
            reminder->send_ms <= obligation->refuse_ms) {
            continue;
        }
        if (++facts->reminders == LIMIT_SUSPENSION_REMINDERS) {
            facts->reminder_waited_ms = steady_ms - reminder->settle_steady_ms;
        }
    }
}

static status gather(struct txn *txn, struct owner owner, const obligation_row *obligation,
                     int64_t today, struct suspension_facts *facts)
{
    struct life_certificate_list list;
    TRY(life_certificate_store_list(txn, owner, &list));
    int64_t steady_ms = txn_steady_ms(txn);
    *facts = (struct suspension_facts){
        .best = best_from(&list, obligation->year),
        .suspension = obligation->suspension,
        .today = today,
        .grace_end = obligation->grace_end_days,
        .steady_waited_ms = steady_ms - obligation->create_steady_ms,
        .steady_needed_ms = (obligation->grace_end_days + 1) * DAY_MS - obligation->create_ms,
    };
    count_reminders(obligation, steady_ms, facts);
    return document_store_each(txn, owner, see_upload, &facts->upload_open);
}

/* --- steps --- */

static status set(struct txn *txn, struct owner owner, obligation_row *obligation,
                  obligation_suspension suspension)
{
    struct life_certificate_list list;
    TRY(life_certificate_store_list(txn, owner, &list));
    return obligation_record_set(txn, owner, obligation, &list, suspension);
}

static status audit(struct txn *txn, struct owner owner, struct id id,
                    const struct flow_actor *actor)
{
    return flow_audit(txn, &(struct flow_entry){owner, *actor, "obl", id});
}

status suspension_propose(struct txn *txn, struct owner owner, obligation_row *obligation,
                          int64_t today, bool *ret_proposed)
{
    const struct flow_actor nobody = {AUDIT_ACTOR_SYSTEM, {0}, EVENT_SUSPENSION_PROPOSED};
    struct suspension_facts facts;
    struct task_spec spec = {.kind = TASK_KIND(SUSPENSION),
                             .owner = owner,
                             .due_in_ms = LIMIT_SUSPENSION_REVIEW_MS,
                             .persons_needed = 2};
    TRY(gather(txn, owner, obligation, today, &facts));
    *ret_proposed = obligation_may_propose(&facts);
    if (!*ret_proposed) {
        return STATUS_OK;
    }
    if (!id_of_binary(obligation->obligation_id, &spec.object)) {
        return FAIL(STORE_CORRUPT);
    }
    TRY(set(txn, owner, obligation, SUSPENSION(PROPOSED)));
    TRY(audit(txn, owner, spec.object, &nobody));
    TRY(task_open(txn, &spec));
    return flow_tell_member(txn, owner,
                            &(struct flow_news){NOTIFICATION_LIFE_CERTIFICATE_SUSPENSION_PROPOSED,
                                                NOTICE_SUSPENSION_PROPOSED, "obl", spec.object});
}

static status find(struct txn *txn, struct owner owner, struct id id, obligation_row **ret_row)
{
    struct obligation_list list;
    TRY(obligation_store_list(txn, owner, &list));
    for (size_t i = 0; i < list.count; i++) {
        if (bytes_equal(bytes_of_binary(list.rows[i]->obligation_id),
                        bytes_of(id.bytes, ID_BYTES))) {
            *ret_row = list.rows[i];
            return STATUS_OK;
        }
    }
    return FAIL(NOT_FOUND);
}

status suspension_decided(struct txn *txn, struct owner owner, struct id id,
                          const struct suspension_decision *decision)
{
    const bytes agent = bytes_of(decision->decided_by.bytes, ID_BYTES);
    obligation_row *obligation;
    struct suspension_facts facts;
    TRY(find(txn, owner, id, &obligation));
    if (obligation->suspension != SUSPENSION(PROPOSED)) {
        return FAIL(SUSPENSION_NOT_ALLOWED);
    }
    if (!decision->approved) {
        const struct flow_actor no = {AUDIT_ACTOR_AGENT, agent, EVENT_SUSPENSION_REFUSED};
        obligation->refuse_ms = txn_now_ms(txn);
        TRY(set(txn, owner, obligation, SUSPENSION(UNSPECIFIED)));
        return audit(txn, owner, id, &no);
    }
    TRY(gather(txn, owner, obligation, decision->today, &facts));
    if (!suspension_conditions(&facts)) {
        return FAIL(SUSPENSION_NOT_ALLOWED);
    }
    const struct flow_actor yes = {AUDIT_ACTOR_AGENT, agent, EVENT_SUSPENSION_MADE};
    TRY(set(txn, owner, obligation, SUSPENSION(SUSPENDED)));
    TRY(audit(txn, owner, id, &yes));
    TRY(flow_tell_core_of(txn, owner, obligation, NULL, OUTBOX_PENSION_SUSPENDED));
    return flow_tell_member(txn, owner,
                            &(struct flow_news){NOTIFICATION_LIFE_CERTIFICATE_SUSPENDED,
                                                NOTICE_PENSION_SUSPENDED, "obl", id});
}
