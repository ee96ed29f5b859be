#include "base/uuid.h"

#include "base/bytes.h"
#include "base/codec.h"

void uuid_new(struct random_source *random, char out[UUID_TEXT_BYTES])
{
    static const uint8_t groups[] = {4, 2, 2, 2, 6};
    uint8_t raw[16];
    random_fill(random, raw, sizeof raw);
    raw[6] = (uint8_t)((raw[6] & 0x0F) | 0x40);
    raw[8] = (uint8_t)((raw[8] & 0x3F) | 0x80);
    const uint8_t *p = raw;
    for (size_t i = 0; i < sizeof groups; i++) {
        hex_encode(bytes_of(p, groups[i]), out);
        p += groups[i];
        out += 2 * groups[i];
        *out++ = '-';
    }
    out[-1] = '\0';
}
