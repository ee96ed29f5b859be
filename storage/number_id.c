#include "storage/number_id.h"

#include <assert.h>
#include <string.h>

struct id id_of_number(const struct seal_keys *keys, const char *label, struct owner owner,
                       bytes number)
{
    assert(number.len <= NUMBER_ID_MAX);
    uint8_t input[OWNER_BYTES + NUMBER_ID_MAX];
    memcpy(input, owner.bytes, OWNER_BYTES);
    if (number.len > 0) {
        memcpy(input + OWNER_BYTES, number.ptr, number.len);
    }
    struct id id;
    seal_blind(keys, label, bytes_of(input, OWNER_BYTES + number.len), id.bytes, sizeof id.bytes);
    return id;
}
