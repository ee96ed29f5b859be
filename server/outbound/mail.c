#include "outbound/mail.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/wipe.h"

enum {
    WORD_BYTES = 42,      /* of UTF-8 in one encoded word: 75 letters at most (RFC 2047) */
    LINE_BYTES = 57,      /* of the body in one line: 76 letters (RFC 2045) */
    ENCODED_MAX = 80,     /* base64 of either, with its NUL */
    BODY_WIRE_MAX = 4096, /* the body with CRLF */
    PLAIN_MAX = 60,       /* a header's text that needs no encoding is left alone up to here */
};

struct writer {
    char *out;
    size_t len;
    bool fits;
};

static void put(struct writer *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct writer *w, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    size_t room = MAIL_BYTES_MAX - w->len;
    int len = w->fits ? vsnprintf(w->out + w->len, room, format, args) : -1;
    va_end(args);
    w->fits = len >= 0 && (size_t)len < room;
    w->len += w->fits ? (size_t)len : 0;
}

/* --- headers --- */

static bool is_one_line(const char *text)
{
    return strpbrk(text, "\r\n") == NULL;
}

static bool is_plain(const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (*c < ' ' || *c > '~' || strchr("\"()<>@,;:\\=?", *c) != NULL) {
            return false;
        }
    }
    return strlen(text) <= PLAIN_MAX;
}

/* How much of TEXT goes into one word: no character is cut. */
static size_t word_len(const char *text)
{
    size_t len = strlen(text);
    if (len <= WORD_BYTES) {
        return len;
    }
    for (len = WORD_BYTES; ((unsigned char)text[len] & 0xC0U) == 0x80U; len--) {
    }
    return len;
}

static void put_words(struct writer *w, const char *text)
{
    if (is_plain(text)) {
        put(w, "%s", text);
        return;
    }
    for (bool first = true; *text != '\0'; first = false) {
        char encoded[ENCODED_MAX];
        size_t len = word_len(text);
        (void)sodium_bin2base64(encoded, sizeof encoded, (const unsigned char *)text, len,
                                sodium_base64_VARIANT_ORIGINAL);
        put(w, "%s=?UTF-8?B?%s?=", first ? "" : "\r\n ", encoded);
        text += len;
    }
}

static void put_date(struct writer *w, int64_t date_ms)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t seconds = (time_t)(date_ms / 1000);
    struct tm tm;
    if (gmtime_r(&seconds, &tm) == NULL) {
        w->fits = false;
        return;
    }
    put(w, "Date: %s, %02d %s %04d %02d:%02d:%02d +0000\r\n", days[tm.tm_wday], tm.tm_mday,
        months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static void put_headers(struct writer *w, const struct mail *mail)
{
    const char *at = strchr(mail->from_address, '@');
    put_date(w, mail->date_ms);
    put(w, "From: ");
    put_words(w, mail->from_name);
    put(w, "\r\n <%s>\r\nTo: <%s>\r\nSubject: ", mail->from_address, mail->to);
    put_words(w, mail->subject);
    put(w, "\r\nMessage-ID: <%s@%s>\r\n", mail->id, at == NULL ? "localhost" : at + 1);
    put(w,
        "Auto-Submitted: auto-generated\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=UTF-8\r\n"
        "Content-Transfer-Encoding: base64\r\n"
        "Content-Language: %s\r\n\r\n",
        mail->language);
}

/* --- the body --- */

/* With CRLF; false when it is too long. */
static bool wire_body(const char *body, char out[BODY_WIRE_MAX], size_t *ret_len)
{
    size_t len = 0;
    for (; *body != '\0'; body++) {
        if (len + 2 > BODY_WIRE_MAX) {
            return false;
        }
        if (*body == '\n') {
            out[len++] = '\r';
        }
        out[len++] = *body;
    }
    *ret_len = len;
    return true;
}

static void put_body(struct writer *w, const char *body)
{
    char wire[BODY_WIRE_MAX];
    size_t len = 0;
    w->fits = w->fits && wire_body(body, wire, &len);
    for (size_t done = 0; w->fits && done < len; done += LINE_BYTES) {
        char encoded[ENCODED_MAX];
        size_t take = len - done < LINE_BYTES ? len - done : LINE_BYTES;
        (void)sodium_bin2base64(encoded, sizeof encoded, (const unsigned char *)wire + done, take,
                                sodium_base64_VARIANT_ORIGINAL);
        put(w, "%s\r\n", encoded);
        wipe(encoded, sizeof encoded);
    }
    wipe(wire, sizeof wire);
}

bool mail_build(const struct mail *mail, char out[MAIL_BYTES_MAX], size_t *ret_len)
{
    struct writer w = {.out = out, .fits = true};
    const char *const parts[] = {mail->id, mail->from_address, mail->from_name,
                                 mail->to, mail->subject,      mail->language};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        w.fits = w.fits && is_one_line(parts[i]);
    }
    put_headers(&w, mail);
    put_body(&w, mail->body);
    *ret_len = w.len;
    return w.fits;
}
