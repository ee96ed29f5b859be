#include "tools/courier/config.h"

#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/defer.h"
#include "base/limits.h"
#include "outbound/report_listener.h"

enum { LINE_MAX_BYTES = PATH_MAX + 64 };

/* --- the keys --- */

enum kind { KIND_TEXT, KIND_NUMBER, KIND_WORD };

struct word {
    const char *text; /* NULL ends the list */
    unsigned value;
};

struct key {
    const char *section, *name;
    enum kind kind;
    size_t offset, size;
    int64_t min, max;
    const struct word *words;
};

static const struct word levels[] = {
    {"error", LOG_ERROR}, {"warn", LOG_WARN}, {"info", LOG_INFO}, {"debug", LOG_DEBUG}, {NULL, 0}};
static const struct word sms_carriers[] = {
    {"none", CARRIER_NONE}, {"spool", CARRIER_SPOOL}, {"kannel", CARRIER_KANNEL}, {NULL, 0}};
static const struct word spool_carriers[] = {
    {"none", CARRIER_NONE}, {"spool", CARRIER_SPOOL}, {NULL, 0}};
static const struct word email_carriers[] = {
    {"none", CARRIER_NONE}, {"spool", CARRIER_SPOOL}, {"smtp", CARRIER_SMTP}, {NULL, 0}};
static const struct word push_carriers[] = {
    {"none", CARRIER_NONE}, {"http", CARRIER_HTTP}, {NULL, 0}};
static const struct word tls_kinds[] = {{"required", TLS_REQUIRED}, {"none", TLS_NONE}, {NULL, 0}};

/* clang-format off: it takes #s for a directive */
#define TEXT(s, n)                                                                                 \
    {                                                                                              \
#s, #n, KIND_TEXT, offsetof(struct courier_config, s.n),                                   \
            sizeof((struct courier_config){0}.s.n), 0, 0, NULL                                     \
    }
#define NUMBER(s, n, min, max)                                                                     \
    {                                                                                              \
#s, #n, KIND_NUMBER, offsetof(struct courier_config, s.n), sizeof(int64_t), (min), (max),  \
            NULL                                                                                   \
    }
/* clang-format on */

static const struct key keys[] = {
    TEXT(server, address),
    TEXT(server, name),
    TEXT(server, ca),
    TEXT(server, cert),
    TEXT(server, key),
    TEXT(courier, state),
    NUMBER(courier, lease_seconds, 60, LIMIT_OUTBOX_LEASE_MS / 1000),
    NUMBER(courier, retry_seconds, 1, 600),
    {"sms", "carrier", KIND_WORD, offsetof(struct courier_config, sms.carrier),
     sizeof(enum carrier_kind), 0, 0, sms_carriers},
    TEXT(sms, spool),
    TEXT(sms, kannel_url),
    TEXT(sms, kannel_user),
    TEXT(sms, kannel_from),
    TEXT(sms, kannel_password_file),
    TEXT(sms, kannel_ca),
    TEXT(sms, report_listen),
    NUMBER(sms, timeout_seconds, 1, 30),
    NUMBER(sms, give_up_hours, 1, 720),
    {"post", "carrier", KIND_WORD, offsetof(struct courier_config, post.carrier),
     sizeof(enum carrier_kind), 0, 0, spool_carriers},
    TEXT(post, spool),
    TEXT(post, fonts),
    NUMBER(post, give_up_hours, 1, 8760),
    {"email", "carrier", KIND_WORD, offsetof(struct courier_config, email.carrier),
     sizeof(enum carrier_kind), 0, 0, email_carriers},
    {"email", "smtp_tls", KIND_WORD, offsetof(struct courier_config, email.smtp_tls),
     sizeof(enum tls_kind), 0, 0, tls_kinds},
    TEXT(email, spool),
    TEXT(email, smtp_url),
    TEXT(email, smtp_user),
    TEXT(email, smtp_password_file),
    TEXT(email, smtp_ca),
    TEXT(email, from),
    NUMBER(email, timeout_seconds, 1, 30),
    NUMBER(email, give_up_hours, 1, 720),
    {"push", "carrier", KIND_WORD, offsetof(struct courier_config, push.carrier),
     sizeof(enum carrier_kind), 0, 0, push_carriers},
    TEXT(push, url),
    TEXT(push, secret_file),
    TEXT(push, ca),
    NUMBER(push, timeout_seconds, 1, 30),
    NUMBER(push, give_up_hours, 1, 720),
    {"core", "carrier", KIND_WORD, offsetof(struct courier_config, core.carrier),
     sizeof(enum carrier_kind), 0, 0, spool_carriers},
    TEXT(core, spool),
    TEXT(fund, name_fr),
    TEXT(fund, name_ar),
    TEXT(fund, address),
    TEXT(fund, phone),
    TEXT(fund, site),
    NUMBER(time, utc_offset_minutes, -720, 840),
    {"log", "level", KIND_WORD, offsetof(struct courier_config, log_level), sizeof(enum log_level),
     0, 0, levels},
};

/* --- reading --- */

struct reader {
    struct courier_config *config;
    struct courier_config_error *error;
    uint64_t seen; /* bit per key */
};

static bool refuse(struct courier_config_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool refuse(struct courier_config_error *error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(error->text, sizeof error->text, format, args);
    va_end(args);
    return false;
}

static bool read_text(struct reader *reader, const struct key *key, const char *value)
{
    size_t len = strlen(value);
    if (len >= key->size) {
        return refuse(reader->error, "%s is longer than %zu bytes", key->name, key->size - 1);
    }
    memcpy((char *)reader->config + key->offset, value, len + 1);
    return true;
}

static bool read_number(struct reader *reader, const struct key *key, const char *value)
{
    char *end = NULL;
    errno = 0;
    int64_t number = strtoll(value, &end, 10);
    if (errno != 0 || *end != '\0' || number < key->min || number > key->max) {
        return refuse(reader->error, "%s must be a number from %lld to %lld", key->name,
                      (long long)key->min, (long long)key->max);
    }
    memcpy((char *)reader->config + key->offset, &number, sizeof number);
    return true;
}

static bool read_word(struct reader *reader, const struct key *key, const char *value)
{
    for (const struct word *word = key->words; word->text != NULL; word++) {
        if (strcmp(word->text, value) == 0) {
            memcpy((char *)reader->config + key->offset, &word->value,
                   sizeof word->value); /* enums are unsigned here */
            return true;
        }
    }
    return refuse(reader->error, "%s may not be \"%.64s\"", key->name, value);
}

static bool read_value(struct reader *reader, const struct key *key, const char *value)
{
    switch (key->kind) {
    case KIND_TEXT:
        return read_text(reader, key, value);
    case KIND_NUMBER:
        return read_number(reader, key, value);
    case KIND_WORD:
        return read_word(reader, key, value);
    }
    return false;
}

static int on_line(void *user, const char *section, const char *name, const char *value)
{
    struct reader *reader = user;
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        if (strcmp(keys[i].section, section) != 0 || strcmp(keys[i].name, name) != 0) {
            continue;
        }
        if ((reader->seen & UINT64_C(1) << i) != 0) {
            return refuse(reader->error, "%s is given twice", name);
        }
        reader->seen |= UINT64_C(1) << i;
        return value[0] == '\0' || read_value(reader, &keys[i], value);
    }
    return refuse(reader->error, "unknown key \"%.64s\" in section [%.64s]", name, section);
}

static status read_file(FILE *file, struct reader *reader)
{
    ini_max_line = LINE_MAX_BYTES;
    ini_stop_on_first_error = 1;
    ini_allow_multiline = 0;
    int line = ini_parse_file(file, on_line, reader);
    if (line == 0) {
        return STATUS_OK;
    }
    reader->error->line = line > 0 ? line : 0;
    if (reader->error->text[0] == '\0') {
        refuse(reader->error, "expected [section] or key = value");
    }
    return FAIL(CONFIG_INVALID);
}

/* --- what must fit together --- */

static bool check_server(const struct courier_config *config, struct courier_config_error *error)
{
    if (config->server.address[0] == '\0' || config->server.ca[0] == '\0' ||
        config->server.cert[0] == '\0' || config->server.key[0] == '\0') {
        return refuse(error, "[server] needs address, ca, cert and key");
    }
    return config->courier.state[0] != '\0' || refuse(error, "[courier] needs state");
}

static bool check_reports(const struct courier_config *config, struct courier_config_error *error)
{
    if (config->sms.report_listen[0] == '\0') {
        return true;
    }
    if (config->sms.carrier != CARRIER_KANNEL) {
        return refuse(error, "[sms] report_listen goes with carrier kannel");
    }
    return report_address_is_loopback(config->sms.report_listen) ||
           refuse(error, "[sms] report_listen must be 127.0.0.1:PORT or [::1]:PORT");
}

static bool check_sms(const struct courier_config *config, struct courier_config_error *error)
{
    switch (config->sms.carrier) {
    case CARRIER_NONE:
        return true;
    case CARRIER_SPOOL:
        return config->sms.spool[0] != '\0' || refuse(error, "[sms] carrier spool needs spool");
    case CARRIER_SMTP:
    case CARRIER_HTTP: /* no words of [sms] */
    case CARRIER_KANNEL:
        return (config->sms.kannel_url[0] != '\0' && config->sms.kannel_user[0] != '\0' &&
                config->sms.kannel_from[0] != '\0' &&
                config->sms.kannel_password_file[0] != '\0') ||
               refuse(error, "[sms] carrier kannel needs kannel_url, kannel_user, kannel_from and "
                             "kannel_password_file");
    }
    return false;
}

static bool check_post(const struct courier_config *config, struct courier_config_error *error)
{
    if (config->post.carrier == CARRIER_NONE) {
        return true;
    }
    if (config->post.spool[0] == '\0') {
        return refuse(error, "[post] carrier spool needs spool");
    }
    return (config->fund.name_fr[0] != '\0' && config->fund.name_ar[0] != '\0') ||
           refuse(error, "[post] needs [fund] name_fr and name_ar, which letters show");
}

static bool check_email(const struct courier_config *config, struct courier_config_error *error)
{
    if (config->email.carrier == CARRIER_NONE) {
        return true;
    }
    if (config->email.carrier == CARRIER_SPOOL && config->email.spool[0] == '\0') {
        return refuse(error, "[email] carrier spool needs spool");
    }
    if (config->email.carrier == CARRIER_SMTP && config->email.smtp_url[0] == '\0') {
        return refuse(error, "[email] carrier smtp needs smtp_url");
    }
    if ((config->email.smtp_user[0] != '\0') != (config->email.smtp_password_file[0] != '\0')) {
        return refuse(error, "[email] smtp_user and smtp_password_file go together");
    }
    return (config->email.from[0] != '\0' && config->fund.name_fr[0] != '\0' &&
            config->fund.name_ar[0] != '\0') ||
           refuse(error, "[email] needs from, and [fund] name_fr and name_ar, which it shows");
}

static bool check_rest(const struct courier_config *config, struct courier_config_error *error)
{
    if (config->push.carrier == CARRIER_HTTP && config->push.url[0] == '\0') {
        return refuse(error, "[push] carrier http needs url");
    }
    if (config->core.carrier == CARRIER_SPOOL && config->core.spool[0] == '\0') {
        return refuse(error, "[core] carrier spool needs spool");
    }
    bool any = config->sms.carrier != CARRIER_NONE || config->post.carrier != CARRIER_NONE ||
               config->email.carrier != CARRIER_NONE || config->push.carrier != CARRIER_NONE ||
               config->core.carrier != CARRIER_NONE;
    return any || refuse(error, "none of [sms], [post], [email], [push] and [core] has a carrier");
}

static struct courier_config defaults(void)
{
    return (struct courier_config){
        .courier = {.lease_seconds = LIMIT_OUTBOX_LEASE_MS / 1000, .retry_seconds = 15},
        .sms = {.timeout_seconds = 10, .give_up_hours = 72},
        .post.give_up_hours = 720,
        .email = {.timeout_seconds = 20, .give_up_hours = 72},
        .push = {.timeout_seconds = 10, .give_up_hours = 24},
        .time.utc_offset_minutes = 60,
        .log_level = LOG_INFO,
    };
}

status courier_config_load(const char *path, struct courier_config *ret_config,
                           struct courier_config_error *ret_error)
{
    *ret_config = defaults();
    *ret_error = (struct courier_config_error){.line = 0};
    struct reader reader = {.config = ret_config, .error = ret_error};
    DEFER(defer_fclose) FILE *file = fopen(path, "re");
    if (file == NULL) {
        (void)refuse(ret_error, "cannot be read");
        return FAIL(CONFIG_INVALID);
    }
    TRY(read_file(file, &reader));
    bool fits = check_server(ret_config, ret_error) && check_sms(ret_config, ret_error) &&
                check_reports(ret_config, ret_error) && check_post(ret_config, ret_error) &&
                check_email(ret_config, ret_error) && check_rest(ret_config, ret_error);
    return fits ? STATUS_OK : FAIL(CONFIG_INVALID);
}
