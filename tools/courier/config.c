#include "tools/courier/config.h"

#include "base/array.h"
#include "base/limits.h"
#include "outbound/report_listener.h"

/* --- the keys --- */

static const struct ini_word sms_carriers[] = {
    {"none", CARRIER_NONE}, {"spool", CARRIER_SPOOL}, {"kannel", CARRIER_KANNEL}, {NULL, 0}};
static const struct ini_word spool_carriers[] = {
    {"none", CARRIER_NONE}, {"spool", CARRIER_SPOOL}, {NULL, 0}};
static const struct ini_word email_carriers[] = {
    {"none", CARRIER_NONE}, {"spool", CARRIER_SPOOL}, {"smtp", CARRIER_SMTP}, {NULL, 0}};
static const struct ini_word push_carriers[] = {
    {"none", CARRIER_NONE}, {"http", CARRIER_HTTP}, {NULL, 0}};
static const struct ini_word tls_kinds[] = {
    {"required", TLS_REQUIRED}, {"none", TLS_NONE}, {NULL, 0}};

#define TEXT(s, n) INI_KEY(struct courier_config, s, n, INI_TEXT, 0, 0)
#define NUMBER(s, n, min, max) INI_KEY(struct courier_config, s, n, INI_NUMBER, min, max)

static const struct ini_key keys[] = {
    TEXT(server, address),
    TEXT(server, name),
    TEXT(server, ca),
    TEXT(server, cert),
    TEXT(server, key),
    TEXT(courier, state),
    NUMBER(courier, lease_seconds, 60, LIMIT_OUTBOX_LEASE_MS / 1000),
    NUMBER(courier, retry_seconds, 1, 600),
    {"sms", "carrier", INI_WORD, offsetof(struct courier_config, sms.carrier),
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
    {"post", "carrier", INI_WORD, offsetof(struct courier_config, post.carrier),
     sizeof(enum carrier_kind), 0, 0, spool_carriers},
    TEXT(post, spool),
    TEXT(post, fonts),
    NUMBER(post, give_up_hours, 1, 8760),
    {"email", "carrier", INI_WORD, offsetof(struct courier_config, email.carrier),
     sizeof(enum carrier_kind), 0, 0, email_carriers},
    {"email", "smtp_tls", INI_WORD, offsetof(struct courier_config, email.smtp_tls),
     sizeof(enum tls_kind), 0, 0, tls_kinds},
    TEXT(email, spool),
    TEXT(email, smtp_url),
    TEXT(email, smtp_user),
    TEXT(email, smtp_password_file),
    TEXT(email, smtp_ca),
    TEXT(email, from),
    NUMBER(email, timeout_seconds, 1, 30),
    NUMBER(email, give_up_hours, 1, 720),
    {"push", "carrier", INI_WORD, offsetof(struct courier_config, push.carrier),
     sizeof(enum carrier_kind), 0, 0, push_carriers},
    TEXT(push, url),
    TEXT(push, secret_file),
    TEXT(push, ca),
    NUMBER(push, timeout_seconds, 1, 30),
    NUMBER(push, give_up_hours, 1, 720),
    {"core", "carrier", INI_WORD, offsetof(struct courier_config, core.carrier),
     sizeof(enum carrier_kind), 0, 0, spool_carriers},
    TEXT(core, spool),
    TEXT(fund, name_fr),
    TEXT(fund, name_ar),
    TEXT(fund, address),
    TEXT(fund, phone),
    TEXT(fund, site),
    NUMBER(time, utc_offset_minutes, -720, 840),
    {"log", "level", INI_WORD, offsetof(struct courier_config, log_level), sizeof(enum log_level),
     0, 0, ini_log_levels},
};

_Static_assert(ARRAY_LEN(keys) <= INI_KEYS_MAX, "a bit for each key");

/* --- what must fit together --- */

static bool check_server(const struct courier_config *config, struct ini_error *error)
{
    if (config->server.address[0] == '\0' || config->server.ca[0] == '\0' ||
        config->server.cert[0] == '\0' || config->server.key[0] == '\0') {
        return ini_refuse(error, "[server] needs address, ca, cert and key");
    }
    return config->courier.state[0] != '\0' || ini_refuse(error, "[courier] needs state");
}

static bool check_reports(const struct courier_config *config, struct ini_error *error)
{
    if (config->sms.report_listen[0] == '\0') {
        return true;
    }
    if (config->sms.carrier != CARRIER_KANNEL) {
        return ini_refuse(error, "[sms] report_listen goes with carrier kannel");
    }
    return report_address_is_loopback(config->sms.report_listen) ||
           ini_refuse(error, "[sms] report_listen must be 127.0.0.1:PORT or [::1]:PORT");
}

static bool check_sms(const struct courier_config *config, struct ini_error *error)
{
    switch (config->sms.carrier) {
    case CARRIER_NONE:
        return true;
    case CARRIER_SPOOL:
        return config->sms.spool[0] != '\0' || ini_refuse(error, "[sms] carrier spool needs spool");
    case CARRIER_SMTP:
    case CARRIER_HTTP: /* no words of [sms] */
    case CARRIER_KANNEL:
        return (config->sms.kannel_url[0] != '\0' && config->sms.kannel_user[0] != '\0' &&
                config->sms.kannel_from[0] != '\0' &&
                config->sms.kannel_password_file[0] != '\0') ||
               ini_refuse(error,
                          "[sms] carrier kannel needs kannel_url, kannel_user, kannel_from and "
                          "kannel_password_file");
    }
    return false;
}

static bool check_post(const struct courier_config *config, struct ini_error *error)
{
    if (config->post.carrier == CARRIER_NONE) {
        return true;
    }
    if (config->post.spool[0] == '\0') {
        return ini_refuse(error, "[post] carrier spool needs spool");
    }
    return (config->fund.name_fr[0] != '\0' && config->fund.name_ar[0] != '\0') ||
           ini_refuse(error, "[post] needs [fund] name_fr and name_ar, which letters show");
}

static bool check_email(const struct courier_config *config, struct ini_error *error)
{
    if (config->email.carrier == CARRIER_NONE) {
        return true;
    }
    if (config->email.carrier == CARRIER_SPOOL && config->email.spool[0] == '\0') {
        return ini_refuse(error, "[email] carrier spool needs spool");
    }
    if (config->email.carrier == CARRIER_SMTP && config->email.smtp_url[0] == '\0') {
        return ini_refuse(error, "[email] carrier smtp needs smtp_url");
    }
    if ((config->email.smtp_user[0] != '\0') != (config->email.smtp_password_file[0] != '\0')) {
        return ini_refuse(error, "[email] smtp_user and smtp_password_file go together");
    }
    return (config->email.from[0] != '\0' && config->fund.name_fr[0] != '\0' &&
            config->fund.name_ar[0] != '\0') ||
           ini_refuse(error, "[email] needs from, and [fund] name_fr and name_ar, which it shows");
}

static bool check_rest(const struct courier_config *config, struct ini_error *error)
{
    if (config->push.carrier == CARRIER_HTTP && config->push.url[0] == '\0') {
        return ini_refuse(error, "[push] carrier http needs url");
    }
    if (config->core.carrier == CARRIER_SPOOL && config->core.spool[0] == '\0') {
        return ini_refuse(error, "[core] carrier spool needs spool");
    }
    bool any = config->sms.carrier != CARRIER_NONE || config->post.carrier != CARRIER_NONE ||
               config->email.carrier != CARRIER_NONE || config->push.carrier != CARRIER_NONE ||
               config->core.carrier != CARRIER_NONE;
    return any ||
           ini_refuse(error, "none of [sms], [post], [email], [push] and [core] has a carrier");
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
                           struct ini_error *ret_error)
{
    *ret_config = defaults();
    TRY(ini_read(path, &(struct ini_keys){keys, ARRAY_LEN(keys)}, ret_config, ret_error));
    bool fits = check_server(ret_config, ret_error) && check_sms(ret_config, ret_error) &&
                check_reports(ret_config, ret_error) && check_post(ret_config, ret_error) &&
                check_email(ret_config, ret_error) && check_rest(ret_config, ret_error);
    return fits ? STATUS_OK : FAIL(CONFIG_INVALID);
}
