#include "gen/handlers.h"

#include <string.h>

#include "base/clock.h"
#include "service/app.h"
#include "service/card_message.h"
#include "service/coverage_load.h"
#include "service/coverage_message.h"
#include "service/message.h"
#include "service/summary_list.h"
#include "storage/rights_store.h"

enum { EXEMPTIONS_TOLD = 16 };

static status exemption_messages(struct rpc *rpc,
                                 const Hayat__Store__V1__StoredExemptions *exemptions, uint32_t seq,
                                 int64_t day, Hayat__V1__Coverage *coverage)
{
    coverage->exemptions = arena_array(rpc->arena, EXEMPTIONS_TOLD, sizeof(void *));
    TRY(arena_check(rpc->arena));
    for (size_t i = exemptions->n_exemptions; i > 0; i--) { /* the highest number is the newest */
        const Hayat__Store__V1__StoredExemption *stored = exemptions->exemptions[i - 1];
        if (stored->beneficiary_seq == seq && coverage->n_exemptions < EXEMPTIONS_TOLD) {
            TRY(exemption_message(rpc, stored, day, &coverage->exemptions[coverage->n_exemptions]));
            coverage->n_exemptions++;
        }
    }
    return STATUS_OK;
}

static status person_message(struct rpc *rpc, const struct family_coverage *family, size_t index,
                             int64_t day, Hayat__V1__Coverage **ret_message)
{
    struct coverage coverage = family_coverage_on(family, index, day);
    TRY(coverage_message(rpc, &coverage, ret_message));
    return beneficiary_message(rpc->arena, family->people.rows[index].record,
                               &(*ret_message)->beneficiary);
}

/* Which rows are asked for: all of them, or the one of the id. */
static status chosen(const struct family_coverage *family, const char *id_text, size_t *ret_first,
                     size_t *ret_count)
{
    struct id id, other;
    if (id_text[0] == '\0') {
        *ret_first = 0;
        *ret_count = family->people.count;
        return STATUS_OK;
    }
    if (!id_parse(bytes_str(id_text), "ben", &id)) {
        return FAIL(NOT_FOUND);
    }
    for (size_t i = 0; i < family->people.count; i++) {
        if (id_of_binary(family->people.rows[i].record->beneficiary_id, &other) &&
            memcmp(id.bytes, other.bytes, ID_BYTES) == 0) {
            *ret_first = i;
            *ret_count = 1;
            return STATUS_OK;
        }
    }
    return FAIL(NOT_FOUND);
}

static status fill(struct rpc *rpc, const struct family_coverage *family, const char *id_text,
                   int64_t day, Hayat__V1__GetCoverageResponse *response)
{
    Hayat__Store__V1__StoredExemptions *exemptions;
    size_t first, count;
    TRY(chosen(family, id_text, &first, &count));
    TRY(exemption_store_get(rpc->txn, rpc->principal->owner, &exemptions));
    response->coverages = arena_array(rpc->arena, count, sizeof(void *));
    TRY(arena_check(rpc->arena));
    for (size_t i = 0; i < count; i++) {
        TRY(person_message(rpc, family, first + i, day, &response->coverages[i]));
        TRY(exemption_messages(rpc, exemptions, family->people.rows[first + i].seq, day,
                               response->coverages[i]));
        response->n_coverages = i + 1;
    }
    return STATUS_OK;
}

status coverage_get_coverage(struct rpc *rpc, const Hayat__V1__GetCoverageRequest *request,
                             Hayat__V1__GetCoverageResponse *response)
{
    int64_t day = date_to_days(date_from_wall_ms(rpc->now_ms, rpc->app->utc_offset_minutes));
    TRY(summary_filter_day(rpc, "date", request->date, &day));
    struct family_coverage *family = arena_alloc(rpc->arena, sizeof *family);
    if (family == NULL) {
        return FAIL(ARENA_FULL);
    }
    TRY(family_coverage_load(rpc->txn, rpc->principal->owner, day, family));
    TRY(fill(rpc, family, request->beneficiary_id, day, response));
    response->date = message_date(rpc->arena, day);
    response->rules_version = message_text(rpc->arena, family->figures.version);
    return arena_check(rpc->arena);
}
