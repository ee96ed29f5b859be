/*
 * config: hayat-courier's configuration file, INI (docs/courier.md lists the keys).
 *
 * Strict as hayatd's: an unknown section or key, a key given twice, a number out of range or a missing part ends the start with the file and
 * the line.  An empty value is the same as a missing one.
 * Errors   CONFIG_INVALID, explained in struct ini_error.
 */
#ifndef HAYAT_COURIER_CONFIG_H
#define HAYAT_COURIER_CONFIG_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/ini_keys.h"
#include "base/log.h"
#include "base/status.h"

enum carrier_kind { CARRIER_NONE, CARRIER_SPOOL, CARRIER_KANNEL, CARRIER_SMTP, CARRIER_HTTP };
enum tls_kind { TLS_REQUIRED, TLS_NONE };

struct courier_config {
    struct {
        char address[256],
            name[256]; /* of agents_listen; the name in its certificate when it is another */
        char ca[PATH_MAX], cert[PATH_MAX], key[PATH_MAX];
    } server;
    struct {
        char state[PATH_MAX]; /* directory of what was carried and not acknowledged yet */
        int64_t lease_seconds, retry_seconds;
    } courier;
    struct {
        enum carrier_kind carrier;
        char spool[PATH_MAX];
        char kannel_url[512], kannel_user[64], kannel_from[32];
        char kannel_password_file[PATH_MAX], kannel_ca[PATH_MAX];
        char report_listen[64]; /* where Kannel reports; empty: it is not asked to */
        int64_t timeout_seconds, give_up_hours;
    } sms;
    struct {
        enum carrier_kind carrier;
        char spool[PATH_MAX], fonts[PATH_MAX];
        int64_t give_up_hours;
    } post;
    struct {
        enum carrier_kind carrier;
        enum tls_kind smtp_tls;
        char spool[PATH_MAX];
        char smtp_url[512], smtp_user[128], smtp_password_file[PATH_MAX], smtp_ca[PATH_MAX];
        char from[128];
        int64_t timeout_seconds, give_up_hours;
    } email;
    struct {
        enum carrier_kind carrier;
        char url[512], secret_file[PATH_MAX], ca[PATH_MAX];
        int64_t timeout_seconds, give_up_hours;
    } push;
    struct {
        enum carrier_kind carrier;
        char spool[PATH_MAX];
    } core;
    struct {
        char name_fr[128], name_ar[128], address[256], phone[64], site[128];
    } fund;
    struct {
        int64_t utc_offset_minutes;
    } time;
    enum log_level log_level;
};

status courier_config_load(const char *path, struct courier_config *ret_config,
                           struct ini_error *ret_error);

#endif
