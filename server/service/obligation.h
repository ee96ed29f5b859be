/*
 * obligation: this year's duty of a pensioner, gathered from the store.
 *
 * Memory  what it points at lives in rpc->arena.
 * Reasons OBLIGATION_MET · NOT_A_PENSIONER · CAMPAIGN_NOT_OPEN (no campaign is known) · what stores say.
 */
#ifndef HAYAT_SERVICE_OBLIGATION_H
#define HAYAT_SERVICE_OBLIGATION_H

#include "service/life_certificate_rules.h"
#include "service/life_certificate_state.h"
#include "service/rpc.h"
#include "storage/life_certificate_store.h"
#include "storage/obligation_store.h"
#include "storage/pension_store.h"

struct obligation {
    const Hayat__Store__V1__StoredPension *pension;
    uint32_t pension_seq;
    const obligation_row *stored; /* NULL: not made yet */
    struct campaign campaign;
    int64_t today; /* civil day */
    struct life_certificate_list certificates;
    const struct life_certificate_row
        *counting;          /* of the campaign's year the one furthest on, or NULL */
    obligation_state state; /* as stored, or as it would be made now */
    bool fulfilled;         /* nothing for the member to do */
    size_t of_year;         /* certificates of the campaign's year */
};

/* The caller's; or, for an agent, that of the member it reads. */
status obligation_load_of(struct rpc *rpc, struct owner owner, struct obligation *ret_obligation);
status obligation_load(struct rpc *rpc, struct obligation *ret_obligation);
status obligation_pension(struct rpc *rpc, const Hayat__Store__V1__StoredPension **ret_pension);
/* RULE LC-20: OBLIGATION_MET, naming what was accepted, when life is proven for YEAR. */
status obligation_check_unmet(struct rpc *rpc, const struct life_certificate_list *list,
                              int32_t year);
/* The window that year's obligation was made with; before it was made, the campaign's. */
status obligation_window(struct txn *txn, struct owner owner, int32_t year,
                         struct campaign *ret_campaign);
/* Today's civil day, as days since 1970-01-01. */
int64_t obligation_today(const struct rpc *rpc);

#endif
