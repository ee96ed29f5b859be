#include "service/flow_step.h"

#include "hayat/backoffice/v1/outbox.pb-c.h"
#include "service/campaign.h"
#include "service/message.h"
#include "service/task.h"

/* --- the audit chain, the member, the core system --- */

status flow_audit(struct txn *txn, const struct flow_entry *entry)
{
    return audit_append(txn, &(struct audit_event){.event = entry->actor.event,
                                                   .actor_kind = entry->actor.kind,
                                                   .actor = entry->actor.who,
                                                   .subject = entry->owner,
                                                   .object_type = entry->type,
                                                   .object = entry->object,
                                                   .outcome = REASON_OK});
}

status flow_tell_member(struct txn *txn, struct owner owner, const struct flow_news *news)
{
    TRY(notification_add(txn, &(struct notification){.owner = owner,
                                                     .kind = news->kind,
                                                     .object_type = news->type,
                                                     .object = news->object}));
    return news->notice == NOTICE_NONE
               ? STATUS_OK
               : notice_send(txn, &(struct notice){
                                      .owner = owner, .kind = news->notice, .avoid = CHANNEL_NONE});
}

static status pack(struct arena *arena, const ProtobufCMessage *message, bytes *ret_packed)
{
    size_t len = protobuf_c_message_get_packed_size(message);
    uint8_t *out = arena_alloc(arena, len + 1);
    if (out == NULL) {
        return FAIL(ARENA_FULL);
    }
    *ret_packed = bytes_of(out, protobuf_c_message_pack(message, out));
    return STATUS_OK;
}

status flow_tell_core_of(struct txn *txn, struct owner owner, const obligation_row *obligation,
                         const certificate_row *certificate, const char *kind)
{
    struct arena *arena = txn_arena(txn);
    Hayat__Backoffice__V1__PensionEvent event = HAYAT__BACKOFFICE__V1__PENSION_EVENT__INIT;
    struct outbox_row row = {.queue = OUTBOX_CORE, .owner = owner, .kind = kind};
    event.pension_number = obligation->pension_number;
    event.year = obligation->year;
    event.event_time = message_time(arena, txn_now_ms(txn));
    if (certificate != NULL) {
        event.life_certificate_id = message_id(arena, "lc", certificate->life_certificate_id);
        event.registry_reference = certificate->registry_reference;
    }
    TRY(arena_check(arena));
    TRY(pack(arena, &event.base, &row.payload));
    return outbox_store_append(txn, &row);
}

status flow_tell_core(struct txn *txn, struct owner owner, const certificate_row *certificate,
                      const char *kind)
{
    struct obligation_list list;
    TRY(obligation_store_list(txn, owner, &list));
    for (size_t i = 0; i < list.count; i++) {
        if (list.rows[i]->year == certificate->year) {
            TRY(flow_tell_core_of(txn, owner, list.rows[i], certificate, kind));
        }
    }
    return STATUS_OK;
}

/* --- obligations --- */

/* RULE LC-6: what the member does answers a proposal to suspend, of its own year and of those before it. */
static bool answers(const certificate_row *certificate, const obligation_row *obligation)
{
    return certificate->state != CERTIFICATE(REFUSED) && certificate->year >= obligation->year;
}

/* RULE LC-8: life proven for a year is proven for those before it: a late proof reinstates.  domain 5 */
static bool proves(const certificate_row *certificate, const obligation_row *obligation)
{
    return certificate->state == CERTIFICATE(ACCEPTED) && certificate->year >= obligation->year;
}

/* RULE LC-13: who is told that what they filed is not enough has time to file again, however long the fund took to say so. */
static bool begins_anew(const certificate_row *certificate, const obligation_row *obligation)
{
    bool no = certificate->state == CERTIFICATE(REFUSED) ||
              certificate->state == CERTIFICATE(MORE_NEEDED);
    bool settled = obligation->state == OBLIGATION(ACCEPTED) ||
                   obligation->suspension == SUSPENSION(SUSPENDED) ||
                   obligation->suspension == SUSPENSION(LIFTED);
    return no && !settled && certificate->year >= obligation->year;
}

static status told(struct txn *txn, struct owner owner, const obligation_row *obligation,
                   const char *event)
{
    struct flow_entry entry = {owner, {AUDIT_ACTOR_SYSTEM, {0}, event}, "obl", {{0}}};
    if (!id_of_binary(obligation->obligation_id, &entry.object)) {
        return FAIL(STORE_CORRUPT);
    }
    return flow_audit(txn, &entry);
}

status flow_withdraw(struct txn *txn, struct owner owner, const obligation_row *obligation)
{
    struct id id;
    TRY(told(txn, owner, obligation, EVENT_SUSPENSION_WITHDRAWN));
    return id_of_binary(obligation->obligation_id, &id)
               ? task_withdraw(txn, TASK_KIND(SUSPENSION), id)
               : FAIL(STORE_CORRUPT);
}

static status lift(struct txn *txn, struct owner owner, const obligation_row *obligation,
                   const certificate_row *certificate)
{
    struct flow_news news = {.kind = NOTIFICATION_LIFE_CERTIFICATE_REINSTATED,
                             .notice = NOTICE_PENSION_REINSTATED,
                             .type = "obl"};
    if (!id_of_binary(obligation->obligation_id, &news.object)) {
        return FAIL(STORE_CORRUPT);
    }
    TRY(told(txn, owner, obligation, EVENT_SUSPENSION_LIFTED));
    TRY(flow_tell_core_of(txn, owner, obligation, certificate, OUTBOX_PENSION_REINSTATED));
    return flow_tell_member(txn, owner, &news);
}

static status refresh(struct txn *txn, struct owner owner, obligation_row *obligation,
                      const certificate_row *certificate, const struct life_certificate_list *list)
{
    obligation_suspension suspension = obligation->suspension;
    const bool anew = begins_anew(certificate, obligation);
    if (anew) {
        obligation_record_spend(txn, obligation);
        TRY(obligation_store_put(txn, owner, obligation)); /* though it may become nothing else */
    }
    if (suspension == SUSPENSION(PROPOSED) && (anew || answers(certificate, obligation))) {
        TRY(flow_withdraw(txn, owner, obligation));
        suspension = SUSPENSION(UNSPECIFIED);
    }
    if (suspension == SUSPENSION(SUSPENDED) && proves(certificate, obligation)) {
        TRY(lift(txn, owner, obligation, certificate));
        suspension = SUSPENSION(LIFTED);
    }
    return obligation_record_set(txn, owner, obligation, list, suspension);
}

status flow_obligations(struct txn *txn, struct owner owner, const certificate_row *certificate)
{
    struct life_certificate_list certificates;
    struct obligation_list obligations;
    struct campaign campaign;
    TRY(life_certificate_store_list(txn, owner, &certificates));
    status known = campaign_of_year(txn, certificate->year, &campaign);
    if (known.why != REASON_CAMPAIGN_NOT_OPEN) { /* else the feed took it back */
        TRY(known);
        TRY(obligation_record_make(txn, owner, &campaign, &certificates));
    }
    TRY(obligation_store_list(txn, owner, &obligations));
    for (size_t i = 0; i < obligations.count; i++) {
        TRY(refresh(txn, owner, obligations.rows[i], certificate, &certificates));
    }
    return STATUS_OK;
}
