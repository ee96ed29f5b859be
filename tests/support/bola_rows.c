#include <assert.h>

#include "base/array.h"
#include "tests/support/bola.h"

static const struct bola_set *const sets[] = {
    &bola_member_rows, &bola_identity_rows, &bola_backoffice_rows, &bola_health_rows,
    &bola_bank_rows,   &bola_inbox_rows,    &bola_review_rows};

size_t bola_row_count(void)
{
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
        count += sets[i]->count;
    }
    return count;
}

const struct bola_row *bola_row_at(size_t index)
{
    size_t set = 0;
    while (index >= sets[set]->count) {
        index -= sets[set++]->count;
        assert(set < ARRAY_LEN(sets));
    }
    return &sets[set]->rows[index];
}
