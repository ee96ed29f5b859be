#include "service/certificate_review.h"

#include "hayat/store/v1/enrolment.pb-c.h"
#include "service/certificate_review_rules.h"
#include "service/message.h"
#include "storage/device_store.h"

typedef Hayat__Store__V1__StoredLifeCertificate Certificate;

/* --- opening --- */

static status by_sms(struct txn *txn, struct owner owner, const Certificate *certificate,
                     bool *ret_by_sms)
{
    Hayat__Store__V1__StoredDevice *device;
    struct id id;
    *ret_by_sms = false;
    if (!id_of_binary(certificate->filed_by_device, &id)) {
        return STATUS_OK;
    }
    status s = device_store_get(txn, owner, id, &device);
    if (s.why == REASON_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(s);
    *ret_by_sms = device->enrolled_by == HAYAT__STORE__V1__ENROLMENT_CHANNEL__ENROLMENT_CHANNEL_SMS;
    return STATUS_OK;
}

static status read_facts(struct txn *txn, struct owner owner, const Certificate *certificate,
                         struct review_facts *ret_facts)
{
    *ret_facts = (struct review_facts){.route = (Hayat__V1__ProofRoute)certificate->route,
                                       .in_time = certificate->in_time,
                                       .on_paper = certificate->on_paper};
    return by_sms(txn, owner, certificate, &ret_facts->by_sms);
}

status certificate_review_open(struct txn *txn, struct owner owner, const Certificate *certificate)
{
    struct review_facts facts;
    struct task_spec spec = {.kind = TASK_KIND(LIFE_CERTIFICATE), .owner = owner};
    if (!id_of_binary(certificate->life_certificate_id, &spec.object)) {
        return FAIL(STORE_CORRUPT);
    }
    TRY(read_facts(txn, owner, certificate, &facts));
    spec.due_in_ms = review_due_in_ms(&facts);
    spec.persons_needed = review_persons_to_accept(&facts);
    return task_open(txn, &spec);
}

status certificate_review_withdraw(struct txn *txn, const Certificate *certificate)
{
    struct id id;
    return id_of_binary(certificate->life_certificate_id, &id)
               ? task_withdraw(txn, TASK_KIND(LIFE_CERTIFICATE), id)
               : FAIL(STORE_CORRUPT);
}
