/* AgencyService: finding a member.  What no agent may see is in no message of this service, and in no store it opens (SEC-A6). */
#include "gen/handlers.h"

#include "service/agency.h"
#include "service/card_message.h"
#include "service/message.h"
#include "storage/device_store.h"

static status summary_message(struct rpc *rpc, const struct agency_member *found,
                              Hayat__Backoffice__V1__MemberSummary **ret_message)
{
    const Hayat__Store__V1__StoredMember *member = found->member;
    Hayat__Backoffice__V1__MemberSummary *message = message_new(
        rpc->arena, &hayat__backoffice__v1__member_summary__descriptor);
    size_t devices;
    if (message == NULL) {
        return FAIL(ARENA_FULL);
    }
    TRY(device_store_count_live(rpc->txn, found->owner, &devices));
    message->registration_number = member->registration_number;
    message->name = name_message(rpc->arena, found->holder->name);
    message->mutuelle_code = member->mutuelle_code;
    message->country_code = member->country_code;
    message->preferred_language = member->preferred_language;
    message->device_count = (int32_t)devices;
    message->has_phone_number = member->phone_number[0] != '\0';
    message->has_address = member->address[0] != '\0';
    *ret_message = message;
    return arena_check(rpc->arena);
}

static status dependants_message(struct rpc *rpc, struct owner owner,
                                 Hayat__Backoffice__V1__CounterDetails *message)
{
    struct beneficiary_list list;
    TRY(member_store_list_beneficiaries(rpc->txn, owner, &list));
    message->dependants = arena_array(rpc->arena, list.count, sizeof(Hayat__V1__Beneficiary *));
    TRY(arena_check(rpc->arena));
    for (size_t i = 0; i < list.count; i++) {
        if (list.rows[i].seq == SEQ_HOLDER) {
            continue;
        }
        TRY(beneficiary_message(rpc->arena, list.rows[i].record,
                                &message->dependants[message->n_dependants]));
        message->n_dependants++;
    }
    return STATUS_OK;
}

static status details_message(struct rpc *rpc, const struct agency_member *found,
                              Hayat__Backoffice__V1__CounterDetails **ret_message)
{
    Hayat__Backoffice__V1__CounterDetails *message = message_new(
        rpc->arena, &hayat__backoffice__v1__counter_details__descriptor);
    if (message == NULL) {
        return FAIL(ARENA_FULL);
    }
    message->cine_number = found->holder->cine_number;
    message->birth_date = message_date(rpc->arena, found->holder->birth_days);
    message->affiliation_number = found->member->affiliation_number;
    message->phone_number = found->member->phone_number;
    message->address = found->member->address;
    *ret_message = message;
    return dependants_message(rpc, found->owner, message);
}

status agency_find_member(struct rpc *rpc, const Hayat__Backoffice__V1__FindMemberRequest *request,
                          Hayat__Backoffice__V1__FindMemberResponse *response)
{
    struct agency_member found;
    TRY(agency_open(rpc, request->member, request->access, &found));
    return summary_message(rpc, &found, &response->member);
}

status agency_find_member_at_counter(
    struct rpc *rpc, const Hayat__Backoffice__V1__FindMemberAtCounterRequest *request,
    Hayat__Backoffice__V1__FindMemberAtCounterResponse *response)
{
    struct agency_member found;
    TRY(agency_open(rpc, request->member, request->access, &found));
    TRY(summary_message(rpc, &found, &response->member));
    return details_message(rpc, &found, &response->details);
}
