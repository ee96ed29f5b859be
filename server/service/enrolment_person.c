#include "service/enrolment_person.h"
#include "service/calendar_rules.h"

#include "auth/throttle.h"
#include "base/codec.h"
#include "base/limits.h"
#include "storage/db.h"
#include "storage/member_store.h"

enum { CLAIM_MAX = 128 };

/* --- who it is --- */

static status missing_is_fine(status s)
{
    return s.why == REASON_NOT_FOUND ? STATUS_OK : s;
}

status person_of(struct txn *txn, struct owner owner, struct person *ret_person)
{
    Hayat__Store__V1__StoredMember *member = NULL;
    TRY(missing_is_fine(member_store_get(txn, owner, &member)));
    *ret_person = (struct person){.owner = owner, .member = member};
    ret_person->address_version = member == NULL ? 1 : member->address_version;
    return STATUS_OK;
}

/* Upper case, without spaces: "ab 123456" is AB123456. */
static bool same_cine(bytes claimed, const char *on_file)
{
    uint8_t difference = 0;
    size_t at = 0, len = strlen(on_file);
    for (size_t i = 0; i < claimed.len; i++) {
        uint8_t c = claimed.ptr[i];
        if (c == ' ') {
            continue;
        }
        c = c >= 'a' && c <= 'z' ? (uint8_t)(c - 'a' + 'A') : c;
        difference |= at < len ? (uint8_t)(c ^ (uint8_t)on_file[at]) : 1;
        at++;
    }
    return len > 0 && at == len && difference == 0;
}

static struct owner stranger(struct txn *txn, const struct claimed_person *claimed)
{
    uint8_t all[CLAIM_MAX + 8];
    struct owner owner = {{0}};
    size_t at = 0;
    const bytes parts[] = {claimed->registration_number, claimed->cine_number};
    put_be64(all, (uint64_t)claimed->birth_days);
    at = 8;
    for (size_t i = 0; i < 2; i++) {
        bytes part = bytes_head(parts[i], CLAIM_MAX / 2 - 1);
        memcpy(all + at, part.ptr, part.len);
        all[at + part.len] = 0;
        at += part.len + 1;
    }
    seal_blind(txn_keys(txn), "stranger", bytes_of(all, at), owner.bytes, OWNER_BYTES);
    return owner;
}

status person_find(struct txn *txn, const struct claimed_person *claimed, struct person *ret_person)
{
    struct owner owner = owner_of_registration(txn_keys(txn), claimed->registration_number);
    struct owner nobody = stranger(txn, claimed);
    Hayat__Store__V1__StoredBeneficiary *holder = NULL;
    struct person person;
    TRY(person_of(txn, owner, &person));
    TRY(missing_is_fine(member_store_get_beneficiary(txn, owner, SEQ_HOLDER, &holder)));
    bool known = person.member != NULL && holder != NULL;
    known &= same_cine(claimed->cine_number, holder == NULL ? "" : holder->cine_number);
    known &= holder != NULL && holder->birth_days == claimed->birth_days;
    if (!known) {
        person = (struct person){.owner = nobody, .address_version = 1};
    }
    *ret_person = person;
    return STATUS_OK;
}

/* --- what may be sent --- */

static const struct throttle_rule letters = {THROTTLE_ENROL_LETTERS, LIMIT_LETTERS_PER_MEMBER,
                                             30LL * MS_PER_DAY};
static const struct throttle_rule sms_day = {THROTTLE_ENROL_SMS_DAY, LIMIT_SMS_PER_MEMBER_DAY,
                                             MS_PER_DAY};
static const struct throttle_rule sms_month = {THROTTLE_ENROL_SMS_MONTH, LIMIT_SMS_PER_MEMBER_MONTH,
                                               30LL * MS_PER_DAY};

/* *LEFT stays true while nothing was spent; what is spent is no failure, for nobody may hear of it. */
static status take(struct txn *txn, const struct throttle_rule *rule, const struct person *person,
                   bool *left)
{
    int64_t retry_after_ms;
    status s = throttle_take(txn, rule, bytes_of(person->owner.bytes, OWNER_BYTES),
                             &retry_after_ms);
    if (s.why == REASON_RATE_LIMITED) {
        *left = false;
        return STATUS_OK;
    }
    return s;
}

/* SEC-B1: a text message goes to a number filed in person alone. */
static bool reachable(const struct person *person, Hayat__Store__V1__EnrolmentChannel channel)
{
    const Hayat__Store__V1__StoredMember *member = person->member;
    if (member == NULL) {
        return false;
    }
    return channel == ENROLMENT_CHANNEL(SMS)
               ? member->phone_number[0] != '\0' && member->phone_filed_ms > 0
               : member->address[0] != '\0';
}

status person_take_message(struct txn *txn, const struct person *person,
                           Hayat__Store__V1__EnrolmentChannel channel, bool *ret_sendable)
{
    bool left = true;
    if (channel == ENROLMENT_CHANNEL(SMS)) {
        TRY(take(txn, &sms_day, person, &left));
        if (left) { /* what the day refused is not counted in the month */
            TRY(take(txn, &sms_month, person, &left));
        }
    } else {
        TRY(take(txn, &letters, person, &left));
    }
    *ret_sendable = left && reachable(person, channel);
    return STATUS_OK;
}
