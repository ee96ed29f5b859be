#include "service/bank_account_message.h"

#include "service/app.h"
#include "service/bank_texts.h"
#include "service/message.h"
#include "storage/reference_store.h"

status bank_name_of(struct rpc *rpc, const char *rib, const char **ret_name, bool *ret_known)
{
    Hayat__Store__V1__StoredReferenceSet *set;
    int64_t today = date_to_days(date_from_wall_ms(rpc->now_ms, rpc->app->utc_offset_minutes));
    *ret_name = "";
    *ret_known = true;
    status s = reference_store_on(
        rpc->txn, HAYAT__STORE__V1__REFERENCE_KIND__REFERENCE_KIND_BANK_CODE, today, &set);
    if (s.why == REASON_NOT_FOUND) {
        return STATUS_OK; /* no list is known: the bank itself will be asked */
    }
    TRY(s);
    for (size_t i = 0; i < set->n_bank_codes; i++) {
        if (strncmp(set->bank_codes[i]->bank_code, rib, RIB_BANK_DIGITS) == 0) {
            *ret_name = set->bank_codes[i]->bank_name;
            return STATUS_OK;
        }
    }
    *ret_known = false;
    return STATUS_OK;
}

static status account_of(struct rpc *rpc, const char *digits, const char *holder_name,
                         int64_t active_ms, Hayat__V1__BankAccount **ret_message)
{
    struct rib rib;
    char mask[RIB_MASK_MAX + 1];
    const char *name;
    bool known;
    if (rib_parse(bytes_str(digits), &rib) != RIB_FINE) {
        return FAIL(STORE_CORRUPT);
    }
    TRY(bank_name_of(rpc, digits, &name, &known));
    Hayat__V1__BankAccount *message = message_new(rpc->arena, &hayat__v1__bank_account__descriptor);
    if (message == NULL) {
        return FAIL(ARENA_FULL);
    }
    rib_mask(&rib, mask);
    message->masked_rib = message_text(rpc->arena, mask);
    message->bank_code = arena_str(rpc->arena, bytes_of(digits, RIB_BANK_DIGITS));
    message->bank_name = message_text(rpc->arena, name);
    message->holder_name = message_text(rpc->arena, holder_name);
    message->active_time = active_ms == 0 ? NULL : message_time(rpc->arena, active_ms);
    *ret_message = message;
    return arena_check(rpc->arena);
}

status bank_account_message(struct rpc *rpc, const bank_account_row *row,
                            Hayat__V1__BankAccount **ret_message)
{
    return account_of(rpc, row->rib, row->holder_name, row->active_ms, ret_message);
}

static status fill_steps(struct rpc *rpc, const bank_change_row *row,
                         Hayat__V1__BankAccountChange *message)
{
    message->steps = arena_array(rpc->arena, row->n_steps, sizeof(void *));
    TRY(arena_check(rpc->arena));
    for (size_t i = 0; i < row->n_steps; i++) {
        Hayat__V1__BankAccountChangeStep *taken = message_new(
            rpc->arena, &hayat__v1__bank_account_change_step__descriptor);
        if (taken == NULL) {
            return FAIL(ARENA_FULL);
        }
        taken->state = (Hayat__V1__BankAccountChangeState)row->steps[i]->state;
        taken->time = message_time(rpc->arena, row->steps[i]->time_ms);
        message->steps[message->n_steps++] = taken;
    }
    return STATUS_OK;
}

status bank_change_message(struct rpc *rpc, const bank_change_row *row,
                           Hayat__V1__BankAccountChange **ret_message)
{
    Hayat__V1__BankAccountChange *message = message_new(
        rpc->arena, &hayat__v1__bank_account_change__descriptor);
    if (message == NULL) {
        return FAIL(ARENA_FULL);
    }
    message->change_id = message_id(rpc->arena, "bac", row->change_id);
    message->state = (Hayat__V1__BankAccountChangeState)row->state;
    TRY(account_of(rpc, row->rib, row->holder_name, 0, &message->account));
    message->propose_time = message_time(rpc->arena, row->propose_ms);
    message->cooling_end_time = row->cooling_end_ms == 0
                                    ? NULL
                                    : message_time(rpc->arena, row->cooling_end_ms);
    TRY(fill_steps(rpc, row, message));
    message->next_step = message_text(rpc->arena, bank_text_next(rpc->language, row->state));
    message->etag = bank_change_etag(rpc->arena, row);
    *ret_message = message;
    return arena_check(rpc->arena);
}

status bank_holder_match(struct arena *arena, const Hayat__Store__V1__StoredName *name,
                         const char *text, enum holder_match *ret_match)
{
    char *latin = arena_printf(arena, "%s %s", name->given_name, name->family_name);
    char *arabic = arena_printf(arena, "%s %s", name->given_name_ar, name->family_name_ar);
    TRY(arena_check(arena));
    enum holder_match by_latin = holder_name_compare(bytes_str(text), bytes_str(latin));
    enum holder_match by_arabic = holder_name_compare(bytes_str(text), bytes_str(arabic));
    *ret_match = by_latin > by_arabic ? by_latin : by_arabic; /* the enum goes from no to yes */
    return STATUS_OK;
}
