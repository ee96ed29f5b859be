#include "config.h"

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

enum { LINE_MAX_BYTES = PATH_MAX + 64, SESSION_SECONDS_MAX = 86400 };

/* --- the keys --- */

enum kind { KIND_TEXT, KIND_NUMBER, KIND_FLAG, KIND_LEVEL };

struct key {
    const char *section, *name;
    enum kind kind;
    size_t offset, size;
    int64_t min, max;
};

/* clang-format off: it takes #s for a directive */
#define TEXT(s, n)                                                                                 \
    {                                                                                              \
#s, #n, KIND_TEXT, offsetof(struct config, s.n), sizeof((struct config){0}.s.n), 0, 0      \
    }
#define FLAG(s, n)                                                                                 \
    {                                                                                              \
#s, #n, KIND_FLAG, offsetof(struct config, s.n), sizeof(bool), 0, 0                        \
    }
#define NUMBER(s, n, min, max)                                                                     \
    {                                                                                              \
#s, #n, KIND_NUMBER, offsetof(struct config, s.n), sizeof(int64_t), (min), (max)           \
    }
/* clang-format on */

static const struct key keys[] = {
    TEXT(server, listen),
    TEXT(server, unix_socket),
    TEXT(server, agents_listen),
    TEXT(server, cert),
    TEXT(server, key),
    TEXT(server, ca),
    TEXT(server, client_ca),
    NUMBER(server, threads, 1, 64),
    FLAG(server, plaintext),
    TEXT(store, directory),
    TEXT(store, master_key),
    TEXT(store, keyring),
    FLAG(store, allow_test_file_systems),
    NUMBER(session, access_token_seconds, 10, SESSION_SECONDS_MAX),
    FLAG(session, demonstration),
    TEXT(audit, file),
    FLAG(audit, syslog),
    NUMBER(audit, interval_seconds, 1, LIMIT_AUDIT_HEAD_MS / 1000),
    NUMBER(time, utc_offset_minutes, -720, 840),
    TEXT(fund, name_fr),
    TEXT(fund, name_ar),
    TEXT(fund, phone),
    TEXT(fund, site),
    TEXT(paper, program),
    TEXT(checker, program),
    TEXT(checker, clamd_socket),
    TEXT(bank, target),
    TEXT(bank, ca),
    TEXT(bank, cert),
    TEXT(bank, key),
    TEXT(bank, server_name),
    {"log", "level", KIND_LEVEL, offsetof(struct config, log_level), sizeof(enum log_level), 0, 0},
};

/* --- reading --- */

struct reader {
    struct config *config;
    struct config_error *error;
    uint64_t seen; /* bit per key */
};

static bool refuse(struct config_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool refuse(struct config_error *error, const char *format, ...)
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

static bool read_flag(struct reader *reader, const struct key *key, const char *value)
{
    bool flag = strcmp(value, "true") == 0;
    if (!flag && strcmp(value, "false") != 0) {
        return refuse(reader->error, "%s must be true or false", key->name);
    }
    memcpy((char *)reader->config + key->offset, &flag, sizeof flag);
    return true;
}

static bool read_level(struct reader *reader, const struct key *key, const char *value)
{
    static const char *const names[] = {"error", "warn", "info", "debug"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (strcmp(value, names[i]) == 0) {
            reader->config->log_level = (enum log_level)i;
            return true;
        }
    }
    return refuse(reader->error, "%s must be error, warn, info or debug", key->name);
}

static bool read_value(struct reader *reader, const struct key *key, const char *value)
{
    switch (key->kind) {
    case KIND_TEXT:
        return read_text(reader, key, value);
    case KIND_NUMBER:
        return read_number(reader, key, value);
    case KIND_FLAG:
        return read_flag(reader, key, value);
    case KIND_LEVEL:
        return read_level(reader, key, value);
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

static bool is_loopback(const char *listen)
{
    return strncmp(listen, "127.", 4) == 0 || strncmp(listen, "[::1]:", 6) == 0 ||
           strncmp(listen, "localhost:", 10) == 0;
}

/* Agents come to a listener of their own, never through the edge (SEC-A7). */
static bool check_agents(const struct config *config, struct config_error *error)
{
    bool tls = config->server.cert[0] != '\0' && config->server.key[0] != '\0';
    bool listens = config->server.agents_listen[0] != '\0';
    if (listens != (config->server.client_ca[0] != '\0')) {
        return refuse(error, "[server] agents_listen and client_ca need each other");
    }
    return !listens || (tls && !config->server.plaintext) ||
           refuse(error, "[server] agents_listen needs cert and key, and no plaintext");
}

static bool check_listeners(const struct config *config, struct config_error *error)
{
    bool tls = config->server.cert[0] != '\0' && config->server.key[0] != '\0';
    if (config->server.listen[0] == '\0') {
        return config->server.unix_socket[0] != '\0' ||
               refuse(error, "[server] needs listen or unix_socket");
    }
    if (config->server.plaintext) {
        return is_loopback(config->server.listen) ||
               refuse(error, "[server] plaintext is for loopback addresses only");
    }
    return tls || refuse(error, "[server] listen needs cert and key");
}

static bool check_store(const struct config *config, struct config_error *error)
{
    if (config->store.directory[0] == '\0') {
        return refuse(error, "[store] needs directory");
    }
    return (config->store.master_key[0] != '\0' && config->store.keyring[0] != '\0') ||
           refuse(error, "[store] needs master_key and keyring");
}

static bool check_session(const struct config *config, struct config_error *error)
{
    int64_t longest = LIMIT_ACCESS_TOKEN_MS / 1000; /* SEC-B5 */
    return config->session.demonstration || config->session.access_token_seconds <= longest ||
           refuse(error,
                  "[session] access_token_seconds is at most %lld unless demonstration is true",
                  (long long)longest);
}

static struct config defaults(void)
{
    return (struct config){
        .server.threads = LIMIT_QUEUE_THREADS,
        .session.access_token_seconds = LIMIT_ACCESS_TOKEN_MS / 1000,
        .audit.interval_seconds = LIMIT_AUDIT_HEAD_MS / 1000,
        .time.utc_offset_minutes = 60,
        .fund.name_fr = "Caisse d’assurance maladie",
        .fund.name_ar = "صندوق التأمين عن المرض",
        .log_level = LOG_INFO,
    };
}

status config_load(const char *path, struct config *ret_config, struct config_error *ret_error)
{
    *ret_error = (struct config_error){0};
    *ret_config = defaults();
    struct reader reader = {.config = ret_config, .error = ret_error};
    DEFER(defer_fclose) FILE *file = fopen(path, "re");
    if (file == NULL) {
        refuse(ret_error, "cannot be read: %s", strerror(errno));
        return FAIL(CONFIG_INVALID);
    }
    TRY(read_file(file, &reader));
    bool good = check_listeners(ret_config, ret_error) && check_agents(ret_config, ret_error) &&
                check_store(ret_config, ret_error) && check_session(ret_config, ret_error);
    return good ? STATUS_OK : FAIL(CONFIG_INVALID);
}
