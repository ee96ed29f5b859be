#include "tools/hayatctl/unasked.h"

#include "base/array.h"
#include "service/life_certificate_flow.h"
#include "storage/member_store.h"

static const struct {
    const char *name, *text;
} whys[] = {
    [UNASKED_NOT] = {"", ""},
    [UNASKED_ONE_WAY] = {"one_way", "reminders arrived, by one carrier's word alone"},
    [UNASKED_NO_WAY] = {"no_way", "neither telephone nor address is on file"},
    [UNASKED_NOT_ARRIVED] = {"not_arrived",
                             "fewer than two reminders are known to have arrived, or none "
                             "since they are insured again"},
    [UNASKED_UPLOAD] = {"upload", "an upload for another year's certificate is open"},
};

_Static_assert(ARRAY_LEN(whys) == UNASKED_WHYS, "each has its words");

const char *unasked_name(enum unasked_why why)
{
    return whys[why].name;
}

const char *unasked_text(enum unasked_why why)
{
    return whys[why].text;
}

static const char *ways_of(const Hayat__Store__V1__StoredMember *member)
{
    bool phone = member->phone_number[0] != '\0', address = member->address[0] != '\0';
    return phone ? (address ? "sms+post" : "sms") : (address ? "post" : "none");
}

static status describe(struct txn *txn, struct owner owner,
                       const struct suspension_standing *standing, struct unasked *unasked)
{
    Hayat__Store__V1__StoredMember *member;
    TRY(member_store_get(txn, owner, &member));
    bool reachable = member->phone_number[0] != '\0' || member->address[0] != '\0';
    unasked->arrived = standing->arrived;
    unasked->ways = ways_of(member);
    unasked->registration_number = member->registration_number;
    unasked->why = standing->upload_alone            ? UNASKED_UPLOAD
                   : standing->lack == LACK_OF_A_WAY ? UNASKED_ONE_WAY
                   : reachable                       ? UNASKED_NOT_ARRIVED
                                                     : UNASKED_NO_WAY;
    return STATUS_OK;
}

status unasked_judge(struct txn *txn, struct owner owner, const obligation_row *obligation,
                     int64_t today, struct unasked *ret_unasked)
{
    struct suspension_standing standing;
    *ret_unasked = (struct unasked){.why = UNASKED_NOT};
    if (obligation->suspension != SUSPENSION(UNSPECIFIED) || today <= obligation->grace_end_days) {
        return STATUS_OK;
    }
    TRY(suspension_stands(txn, owner, obligation, today, &standing));
    return standing.lack == LACK_OF_A_WAY || standing.lack == LACK_OF_REMINDERS ||
                   standing.upload_alone
               ? describe(txn, owner, &standing, ret_unasked)
               : STATUS_OK;
}
