/*
 * config: hayatd's configuration file, INI (docs/operations.md lists the keys).
 *
 * Strict: an unknown section or key, a key given twice, a number out of range or a missing file
 * name ends the start with the file and the line.  An empty value is the same as a missing one.
 * [store] master_key may begin with $CREDENTIALS_DIRECTORY/, where systemd puts what LoadCredential= names.
 * Errors   CONFIG_INVALID, explained in struct ini_error.
 */
#ifndef HAYAT_CONFIG_H
#define HAYAT_CONFIG_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/ini_keys.h"
#include "base/log.h"
#include "base/status.h"

struct config {
    struct {
        char listen[256];        /* "127.0.0.1:8443" */
        char agents_listen[256]; /* for callers with a certificate under client_ca */
        char unix_socket[108];   /* for the edge; as long as the kernel allows */
        char cert[PATH_MAX], key[PATH_MAX];
        char ca[PATH_MAX];        /* who signed cert: for the tools that read the same file */
        char client_ca[PATH_MAX]; /* who signed the certificates of agents and core systems */
        int64_t threads;
        bool plaintext; /* no TLS on listen, on loopback only: for measuring */
    } server;
    struct {
        char directory[PATH_MAX], master_key[PATH_MAX], keyring[PATH_MAX];
        bool allow_test_file_systems;
        bool preload; /* into memory at the start, when it fits */
    } store;
    struct {
        int64_t access_token_seconds;
        bool demonstration; /* sessions may be long: never with real members */
    } session;
    struct {
        char file[PATH_MAX];      /* signed heads are appended here; empty: nowhere */
        bool syslog;              /* ... and told to syslog */
        int64_t interval_seconds; /* between heads */
    } audit;
    struct {
        int64_t utc_offset_minutes;
        char demonstration_clock[PATH_MAX]; /* base/shifted_clock.h: never with real members */
    } time;
    struct {
        char name_fr[256], name_ar[256], phone[64], site[128]; /* printed on documents */
    } fund;
    struct {
        char program[PATH_MAX]; /* hayat-paper; empty: beside hayatd */
    } paper;
    struct {
        char program[PATH_MAX]; /* hayat-check; empty: beside hayatd */
        char clamd_socket[108]; /* of ClamAV's daemon; empty: nothing is scanned for viruses */
    } checker;
    struct {
        char target
            [256]; /* where account numbers are verified; empty: a person decides every change */
        char ca[PATH_MAX], cert[PATH_MAX], key[PATH_MAX];
        char server_name[256]; /* in its certificate, when that is not target's host */
    } bank;
    enum log_level log_level;
};

status config_load(const char *path, struct config *ret_config, struct ini_error *ret_error);

#endif
