#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/limits.h"

enum { SESSION_SECONDS_MAX = 86400 };

/* --- the keys --- */

#define TEXT(s, n) INI_KEY(struct config, s, n, INI_TEXT, 0, 0)
#define FLAG(s, n) INI_KEY(struct config, s, n, INI_FLAG, 0, 0)
#define NUMBER(s, n, min, max) INI_KEY(struct config, s, n, INI_NUMBER, min, max)

static const struct ini_key keys[] = {
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
    FLAG(store, preload),
    NUMBER(session, access_token_seconds, 10, SESSION_SECONDS_MAX),
    FLAG(session, demonstration),
    TEXT(audit, file),
    FLAG(audit, syslog),
    NUMBER(audit, interval_seconds, 1, LIMIT_AUDIT_HEAD_MS / 1000),
    NUMBER(time, utc_offset_minutes, -720, 840),
    TEXT(time, demonstration_clock),
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
    {"log", "level", INI_WORD, offsetof(struct config, log_level), sizeof(enum log_level), 0, 0,
     ini_log_levels},
};

_Static_assert(ARRAY_LEN(keys) <= INI_KEYS_MAX, "a bit for each key");

/* --- what must fit together --- */

static bool is_loopback(const char *listen)
{
    return strncmp(listen, "127.", 4) == 0 || strncmp(listen, "[::1]:", 6) == 0 ||
           strncmp(listen, "localhost:", 10) == 0;
}

/* Agents come to a listener of their own, never through the edge (SEC-A7). */
static bool check_agents(const struct config *config, struct ini_error *error)
{
    bool tls = config->server.cert[0] != '\0' && config->server.key[0] != '\0';
    bool listens = config->server.agents_listen[0] != '\0';
    if (listens != (config->server.client_ca[0] != '\0')) {
        return ini_refuse(error, "[server] agents_listen and client_ca need each other");
    }
    return !listens || (tls && !config->server.plaintext) ||
           ini_refuse(error, "[server] agents_listen needs cert and key, and no plaintext");
}

static bool check_listeners(const struct config *config, struct ini_error *error)
{
    bool tls = config->server.cert[0] != '\0' && config->server.key[0] != '\0';
    if (config->server.listen[0] == '\0') {
        return config->server.unix_socket[0] != '\0' ||
               ini_refuse(error, "[server] needs listen or unix_socket");
    }
    if (config->server.plaintext) {
        return is_loopback(config->server.listen) ||
               ini_refuse(error, "[server] plaintext is for loopback addresses only");
    }
    return tls || ini_refuse(error, "[server] listen needs cert and key");
}

static bool check_store(const struct config *config, struct ini_error *error)
{
    if (config->store.directory[0] == '\0') {
        return ini_refuse(error, "[store] needs directory");
    }
    return (config->store.master_key[0] != '\0' && config->store.keyring[0] != '\0') ||
           ini_refuse(error, "[store] needs master_key and keyring");
}

static bool check_session(const struct config *config, struct ini_error *error)
{
    int64_t longest = LIMIT_ACCESS_TOKEN_MS / 1000; /* SEC-B5 */
    if (config->time.demonstration_clock[0] != '\0' && !config->session.demonstration) {
        return ini_refuse(error,
                          "[time] demonstration_clock needs demonstration = true in [session]");
    }
    return config->session.demonstration || config->session.access_token_seconds <= longest ||
           ini_refuse(error,
                      "[session] access_token_seconds is at most %lld unless demonstration is true",
                      (long long)longest);
}

static struct config defaults(void)
{
    return (struct config){
        .server.threads = LIMIT_QUEUE_THREADS,
        .store.preload = true,
        .session.access_token_seconds = LIMIT_ACCESS_TOKEN_MS / 1000,
        .audit.interval_seconds = LIMIT_AUDIT_HEAD_MS / 1000,
        .time.utc_offset_minutes = 60,
        .fund.name_fr = "Caisse d’assurance maladie",
        .fund.name_ar = "صندوق التأمين عن المرض",
        .log_level = LOG_INFO,
    };
}

/* --- the service manager's credentials --- */

#define CREDENTIALS "$CREDENTIALS_DIRECTORY/"

/* Without the variable the path stays as it is: whoever opens it tells by its name what is missing. */
static bool find_credential(char path[PATH_MAX], struct ini_error *error)
{
    const char *directory = getenv("CREDENTIALS_DIRECTORY");
    char found[PATH_MAX];
    if (directory == NULL || strncmp(path, CREDENTIALS, strlen(CREDENTIALS)) != 0) {
        return true;
    }
    int len = snprintf(found, sizeof found, "%s/%s", directory, path + strlen(CREDENTIALS));
    if (len < 0 || len >= PATH_MAX) {
        return ini_refuse(error, "[store] master_key: $CREDENTIALS_DIRECTORY is too long");
    }
    memcpy(path, found, (size_t)len + 1);
    return true;
}

status config_load(const char *path, struct config *ret_config, struct ini_error *ret_error)
{
    *ret_config = defaults();
    TRY(ini_read(path, &(struct ini_keys){keys, ARRAY_LEN(keys)}, ret_config, ret_error));
    bool good = check_listeners(ret_config, ret_error) && check_agents(ret_config, ret_error) &&
                check_store(ret_config, ret_error) && check_session(ret_config, ret_error) &&
                find_credential(ret_config->store.master_key, ret_error);
    return good ? STATUS_OK : FAIL(CONFIG_INVALID);
}
