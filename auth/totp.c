#include "auth/totp.h"

#include <assert.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>

#include "base/codec.h"

enum { SHA1_BYTES = 20, DIGITS_MAX = 8 };

uint32_t totp_code(bytes key, uint64_t step, int digits)
{
    uint8_t counter[8], mac[EVP_MAX_MD_SIZE];
    unsigned mac_len = 0;
    uint32_t modulus = 1;
    put_be64(counter, step);
    const uint8_t *made = HMAC(EVP_sha1(), key.ptr, (int)key.len, counter, sizeof counter, mac,
                               &mac_len);
    assert(made != NULL && mac_len == SHA1_BYTES && digits >= 6 && digits <= DIGITS_MAX);
    for (int i = 0; i < digits; i++) {
        modulus *= 10;
    }
    uint32_t truncated = get_be32(mac + (mac[SHA1_BYTES - 1] & 0xf)) &
                         0x7fffffff; /* RFC 4226 5.3 */
    return truncated % modulus;
}

static void write_digits(uint32_t code, uint8_t out[TOTP_DIGITS])
{
    for (int i = TOTP_DIGITS - 1; i >= 0; i--) {
        out[i] = (uint8_t)('0' + code % 10);
        code /= 10;
    }
}

bool totp_find(const struct totp_try *attempt, uint64_t *ret_step)
{
    uint64_t now = (uint64_t)(attempt->now_ms / TOTP_STEP_MS);
    bool found = false;
    if (attempt->code.len != TOTP_DIGITS) {
        return false;
    }
    for (uint64_t step = now - 1; step <= now + 1; step++) { /* all three, whichever fits */
        uint8_t right[TOTP_DIGITS];
        write_digits(totp_code(attempt->key, step, TOTP_DIGITS), right);
        bool same = sodium_memcmp(right, attempt->code.ptr, sizeof right) == 0;
        if (same && step > attempt->last_step && !found) {
            found = true;
            *ret_step = step;
        }
    }
    return found;
}
