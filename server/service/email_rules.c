#include "service/email_rules.h"

#include <string.h>

enum { LOCAL_MAX = 64, LABEL_MAX = 63 };

static bool is_alnum(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* RFC 5322 dot-atom: atoms parted by single dots. */
static bool is_local(bytes local)
{
    if (local.len == 0 || local.len > LOCAL_MAX || local.ptr[0] == '.' ||
        local.ptr[local.len - 1] == '.') {
        return false;
    }
    for (size_t i = 0; i < local.len; i++) {
        uint8_t c = local.ptr[i];
        bool atom = is_alnum(c) || (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
        if (!atom && (c != '.' || local.ptr[i - 1] == '.')) {
            return false;
        }
    }
    return true;
}

static bool is_label(bytes label)
{
    if (label.len == 0 || label.len > LABEL_MAX || label.ptr[0] == '-' ||
        label.ptr[label.len - 1] == '-') {
        return false;
    }
    for (size_t i = 0; i < label.len; i++) {
        if (!is_alnum(label.ptr[i]) && label.ptr[i] != '-') {
            return false;
        }
    }
    return true;
}

static bool is_domain(bytes domain)
{
    size_t labels = 0;
    for (;;) {
        const uint8_t *dot = domain.len == 0 ? NULL : memchr(domain.ptr, '.', domain.len);
        size_t len = dot == NULL ? domain.len : (size_t)(dot - domain.ptr);
        if (!is_label(bytes_of(domain.ptr, len))) {
            return false;
        }
        labels++;
        if (dot == NULL) {
            return labels > 1;
        }
        domain = bytes_of(dot + 1, domain.len - len - 1);
    }
}

const char *email_fault(bytes address)
{
    const uint8_t *at = address.len == 0 ? NULL : memchr(address.ptr, '@', address.len);
    if (address.len > LIMIT_EMAIL_BYTES) {
        return "is too long";
    }
    if (at == NULL) {
        return "must be an e-mail address such as name@example.com";
    }
    size_t local = (size_t)(at - address.ptr);
    bool good = is_local(bytes_of(address.ptr, local)) &&
                is_domain(bytes_of(at + 1, address.len - local - 1));
    return good ? NULL : "must be an e-mail address such as name@example.com";
}

void email_fold(bytes address, char out[LIMIT_EMAIL_BYTES + 1])
{
    bool in_domain = false;
    for (size_t i = 0; i < address.len; i++) {
        char c = (char)address.ptr[i];
        in_domain = in_domain || c == '@';
        out[i] = (char)(in_domain && c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    out[address.len] = '\0';
}
