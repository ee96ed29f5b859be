/* Suspensions of life_certificate_flow.h: proposed by a job, decided on by two persons (RULE LC-6, LC-7). */
#include "base/limits.h"
#include "service/calendar_rules.h"
#include "service/delivery_evidence.h"
#include "service/flow_step.h"
#include "service/message.h"
#include "service/task.h"
#include "storage/document_store.h"

#define DOCUMENT(name) HAYAT__STORE__V1__DOCUMENT_STATE__DOCUMENT_STATE_##name
#define REMINDER(name) HAYAT__STORE__V1__REMINDER_OUTCOME__REMINDER_OUTCOME_##name

/* --- what is known --- */

struct uploads {
    int64_t now_ms;
    bool open;
};

/* One that expired is none, though its row waits to be dropped: nobody can go on with it. */
static void see_upload(void *ctx, const Hayat__Store__V1__StoredDocument *document)
{
    struct uploads *uploads = ctx;
    uploads->open |= document->state == DOCUMENT(OPEN) && document->expire_ms > uploads->now_ms;
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

/* Now, and when they were obliged again, both in steady time; 0: they never were away. */
struct moments {
    int64_t now_ms, returned_ms;
};

/* The reminders that arrived since anybody said no, and how long ago the one arrived that makes them enough: who was away, of those sent
   since the first. */
static void count_reminders(const obligation_row *obligation, const struct moments *steady,
                            struct suspension_facts *facts)
{
    const Hayat__Store__V1__StoredReminder *counted = NULL;
    int64_t since_back_ms = -1;
    for (size_t i = obligation->spent_reminders; i < obligation->n_reminders; i++) {
        const Hayat__Store__V1__StoredReminder *reminder = obligation->reminders[i];
        bool again = counted != NULL && counted->offset_days == reminder->offset_days;
        if (reminder->outcome != REMINDER(DELIVERED)) {
            continue;
        }
        int64_t waited_ms = steady->now_ms - reminder->settle_steady_ms;
        bool since = reminder->send_steady_ms >= steady->returned_ms;
        since_back_ms = since && waited_ms > since_back_ms ? waited_ms : since_back_ms;
        if (again) {
            continue; /* one reminder on two channels is one */
        }
        counted = reminder;
        bool needed = ++facts->reminders <= LIMIT_SUSPENSION_REMINDERS;
        bool latest = facts->reminders == 1 || waited_ms < facts->reminder_waited_ms;
        facts->reminder_waited_ms = needed && latest ? waited_ms : facts->reminder_waited_ms;
    }
    facts->unreminded = steady->returned_ms != 0 && since_back_ms < 0;
    bool later = steady->returned_ms != 0 && since_back_ms < facts->reminder_waited_ms;
    facts->reminder_waited_ms = later ? since_back_ms : facts->reminder_waited_ms;
}

/* What is left of the grace, by steady time, since the obligation was made; of who was away, since they are back, and never less than a
   reminder leaves: grace that went by while they were told as gone was none. */
static void count_grace(const obligation_row *obligation, const struct moments *steady,
                        struct suspension_facts *facts)
{
    int64_t since_ms = obligation->create_steady_ms;
    facts->steady_needed_ms = (obligation->grace_end_days + 1) * MS_PER_DAY - obligation->create_ms;
    if (steady->returned_ms != 0) {
        int64_t left_ms = facts->steady_needed_ms - (steady->returned_ms - since_ms);
        bool enough = left_ms > LIMIT_SUSPENSION_WAIT_MS;
        facts->steady_needed_ms = enough ? left_ms : LIMIT_SUSPENSION_WAIT_MS;
        since_ms = steady->returned_ms;
    }
    facts->steady_waited_ms = steady->now_ms - since_ms;
}

static bool is_held_back(const obligation_row *obligation, int64_t steady_ms)
{
    return obligation->withdraw_count > 0 &&
           steady_ms - obligation->withdraw_steady_ms < LIMIT_SUSPENSION_AGAIN_MS;
}

/* RULE LC-7: a printer's word is that a letter left, a gateway's that it took a message: both may go to where nobody is any more, again and
   again.  Two channels do not fail for one reason, and a network that reports knows that the telephone has it. */
static status see_ways(struct txn *txn, struct owner owner, const obligation_row *obligation,
                       struct suspension_facts *facts)
{
    uint32_t first = CHANNEL_NONE;
    for (size_t i = obligation->spent_reminders; i < obligation->n_reminders && !facts->two_ways;
         i++) {
        const Hayat__Store__V1__StoredReminder *reminder = obligation->reminders[i];
        struct delivery_evidence evidence;
        if (reminder->outcome != REMINDER(DELIVERED)) {
            continue;
        }
        TRY(delivery_evidence(txn, owner, reminder->outbox_sequence, &evidence));
        bool reported = evidence.grade == DELIVERY_PROVEN && evidence.queue == OUTBOX_SMS;
        first = first == CHANNEL_NONE ? reminder->channel : first;
        facts->two_ways = reported || reminder->channel != first;
    }
    return STATUS_OK;
}

static status gather(struct txn *txn, struct owner owner, const obligation_row *obligation,
                     int64_t today, struct suspension_facts *facts)
{
    struct life_certificate_list list;
    bool binds;
    struct moments steady = {.now_ms = txn_steady_ms(txn)};
    struct uploads uploads = {.now_ms = txn_now_ms(txn)};
    TRY(life_certificate_store_list(txn, owner, &list));
    TRY(obligation_binds(txn, owner, today, &binds));
    TRY(obligation_returned(txn, owner, obligation, &steady.returned_ms));
    TRY(document_store_each(txn, owner, see_upload, &uploads));
    *facts = (struct suspension_facts){
        .best = best_from(&list, obligation->year),
        .suspension = obligation->suspension,
        .unbound = !binds,
        .upload_open = uploads.open,
        .held_back = is_held_back(obligation, steady.now_ms),
        .today = today,
        .grace_end = obligation->grace_end_days,
    };
    count_grace(obligation, &steady, facts);
    count_reminders(obligation, &steady, facts);
    return see_ways(txn, owner, obligation, facts);
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
    *ret_proposed = false;
    if (today <= obligation->grace_end_days) { /* most members, most days: nothing is read */
        return STATUS_OK;
    }
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

status suspension_holds(struct txn *txn, struct owner owner, const obligation_row *obligation,
                        int64_t today, bool *ret_holds)
{
    struct suspension_facts facts;
    TRY(gather(txn, owner, obligation, today, &facts));
    *ret_holds = suspension_conditions(&facts);
    return STATUS_OK;
}

status suspension_stands(struct txn *txn, struct owner owner, const obligation_row *obligation,
                         int64_t today, struct suspension_standing *ret_standing)
{
    struct suspension_facts facts;
    TRY(gather(txn, owner, obligation, today, &facts));
    *ret_standing = (struct suspension_standing){
        .lack = suspension_lacks(&facts),
        .arrived = facts.reminders,
        .upload_alone = facts.upload_open && suspension_conditions_but_upload(&facts),
    };
    return STATUS_OK;
}

/* Whoever declares uploads and cancels them makes persons begin anew so often, and no more: then the proposal waits with them. */
static bool stays(const obligation_row *obligation, const struct suspension_facts *facts)
{
    return suspension_conditions(facts) ||
           (obligation->withdraw_count >= LIMIT_SUSPENSION_WITHDRAWALS &&
            suspension_conditions_but_upload(facts));
}

status suspension_look_again(struct txn *txn, struct owner owner, obligation_row *obligation,
                             int64_t today, bool *ret_withdrawn)
{
    struct suspension_facts facts;
    *ret_withdrawn = false;
    if (obligation->suspension != SUSPENSION(PROPOSED)) {
        return STATUS_OK;
    }
    TRY(gather(txn, owner, obligation, today, &facts));
    if (stays(obligation, &facts)) {
        return STATUS_OK;
    }
    *ret_withdrawn = true;
    obligation->withdraw_steady_ms = txn_steady_ms(txn);
    obligation->withdraw_count++;
    TRY(flow_withdraw(txn, owner, obligation));
    return set(txn, owner, obligation, SUSPENSION(UNSPECIFIED));
}

status suspension_decided(struct txn *txn, struct owner owner, struct id id,
                          const struct suspension_decision *decision)
{
    const bytes agent = bytes_of(decision->decided_by.bytes, ID_BYTES);
    obligation_row *obligation;
    bool holds;
    TRY(obligation_store_find(txn, owner, id, &obligation));
    if (obligation->suspension != SUSPENSION(PROPOSED)) {
        return FAIL(SUSPENSION_NOT_ALLOWED);
    }
    if (!decision->approved) {
        const struct flow_actor no = {AUDIT_ACTOR_AGENT, agent, EVENT_SUSPENSION_REFUSED};
        obligation_record_spend(txn, obligation);
        TRY(set(txn, owner, obligation, SUSPENSION(UNSPECIFIED)));
        return audit(txn, owner, id, &no);
    }
    TRY(suspension_holds(txn, owner, obligation, decision->today, &holds));
    if (!holds) {
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
