#include "service/coverage_load.h"

#include "service/reference.h"
#include "storage/rights_store.h"

static int64_t day_or_none(int64_t stored)
{
    return stored == 0 ? DAY_NONE : stored;
}

static struct coverage_person person_of(const Hayat__Store__V1__StoredRights *rights, uint32_t seq,
                                        int64_t birth)
{
    struct coverage_person person = {.is_holder = seq == SEQ_HOLDER, .birth = day_or_none(birth)};
    for (size_t i = 0; i < rights->n_periods && person.period_count < PERIODS_MAX; i++) {
        const Hayat__Store__V1__StoredRightsPeriod *stored = rights->periods[i];
        if (stored->beneficiary_seq != seq) {
            continue;
        }
        person.periods[person.period_count++] = (struct rights_period){
            .basis = rights_basis_of(stored->basis_code),
            .end = rights_end_of(stored->end_reason_code),
            .from = stored->from_days,
            .open = day_or_none(stored->open_days),
            .to = day_or_none(stored->to_days),
        };
    }
    return person;
}

status family_coverage_facts(struct txn *txn, struct owner owner,
                             struct family_coverage *ret_family)
{
    TRY(member_store_list_beneficiaries(txn, owner, &ret_family->people));
    TRY(rights_store_get(txn, owner, &ret_family->rights));
    ret_family->holder = person_of(ret_family->rights, SEQ_HOLDER, 0); /* no age limits them */
    return STATUS_OK;
}

status family_coverage_load(struct txn *txn, struct owner owner, int64_t day,
                            struct family_coverage *ret_family)
{
    TRY(family_coverage_facts(txn, owner, ret_family));
    return reference_coverage(txn, day, &ret_family->figures);
}

static struct coverage_person person_at(const struct family_coverage *family, size_t index)
{
    const struct beneficiary_row *row = &family->people.rows[index];
    return row->seq == SEQ_HOLDER ? family->holder
                                  : person_of(family->rights, row->seq, row->record->birth_days);
}

struct coverage family_coverage_on(const struct family_coverage *family, size_t index, int64_t day)
{
    struct coverage_person person = person_at(family, index);
    return coverage_on(&person, &family->holder, &family->figures, day);
}

int64_t family_coverage_same_until(const struct family_coverage *family, size_t index, int64_t day)
{
    struct coverage_person person = person_at(family, index);
    return coverage_same_until(&person, &family->holder, &family->figures, day);
}
