#include "service/passphrase_rules.h"

enum { DIFFERENT_MIN = 6 };

static size_t different_bytes(bytes text)
{
    bool seen[256] = {false};
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        count += seen[text.ptr[i]] ? 0 : 1;
        seen[text.ptr[i]] = true;
    }
    return count;
}

static bool contains(bytes text, bytes part)
{
    for (size_t at = 0; part.len > 0 && at + part.len <= text.len; at++) {
        if (memcmp(text.ptr + at, part.ptr, part.len) == 0) {
            return true;
        }
    }
    return false;
}

const char *passphrase_fault(bytes passphrase, bytes registration_number)
{
    if (different_bytes(passphrase) < DIFFERENT_MIN) {
        return "has fewer than six different characters";
    }
    return contains(passphrase, registration_number) ? "contains the registration number" : NULL;
}
