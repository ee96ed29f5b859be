/* hayatctl ca init: options and words around ca_make. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/defer.h"
#include "tools/hayatctl/ca.h"
#include "tools/hayatctl/command.h"

struct ca_texts {
    char *out, *state;
    char **names, **addresses;
};

static void free_list(char **list)
{
    for (size_t i = 0; list != NULL && list[i] != NULL; i++) {
        free(list[i]);
    }
    free(list);
}

static void free_texts(struct ca_texts *texts)
{
    free(texts->out);
    free(texts->state);
    free_list(texts->names);
    free_list(texts->addresses);
}

static bool add_all(const char **out, size_t *count, char *const *list)
{
    for (size_t i = 0; list != NULL && list[i] != NULL; i++) {
        if (*count == CA_NAMES_MAX) {
            complain("at most %d names and addresses", CA_NAMES_MAX);
            return false;
        }
        out[(*count)++] = list[i];
    }
    return true;
}

/* DIR, or DIR/tls of the state directory, made when missing. */
static bool find_directory(const struct ca_texts *texts, char out[PATH_MAX])
{
    if ((texts->out == NULL) == (texts->state == NULL)) {
        complain("one of --out DIR and --state DIR is needed");
        return false;
    }
    const char *base = texts->out != NULL ? texts->out : texts->state;
    int len = snprintf(out, PATH_MAX, "%s%s", base, texts->out != NULL ? "" : "/tls");
    if (len <= 0 || len >= PATH_MAX) {
        complain("the path is too long");
        return false;
    }
    return true;
}

static bool make_directories(const struct ca_texts *texts, const char *directory)
{
    if ((texts->state != NULL && mkdir(texts->state, 0700) != 0 && errno != EEXIST) ||
        (mkdir(directory, 0700) != 0 && errno != EEXIST)) {
        complain("%s: %s", directory, strerror(errno));
        return false;
    }
    return true;
}

static bool has_ca(const char *directory)
{
    char path[PATH_MAX + 8];
    (void)snprintf(path, sizeof(path), "%s/ca.key", directory);
    return access(path, F_OK) == 0;
}

static enum exit_code make_clients(const char *directory)
{
    char path[PATH_MAX + 16];
    (void)snprintf(path, sizeof(path), "%s/" CA_CLIENTS ".key", directory);
    if (access(path, F_OK) == 0) {
        complain("%s exists", path);
        return EXIT_FAILED;
    }
    status s = ca_make_clients(directory, &clock_system);
    if (!ok(s)) {
        return complain_status(directory, s);
    }
    (void)printf("%s: " CA_CLIENTS ".crt and " CA_CLIENTS ".key\n", directory);
    return EXIT_FINE;
}

static enum exit_code make(const char *directory, const struct ca_names *names, bool renew)
{
    if (!renew && has_ca(directory)) {
        complain("%s/ca.key exists: --renew makes a new server certificate under it", directory);
        return EXIT_FAILED;
    }
    status s = renew ? ca_renew_server(directory, names, &clock_system)
                     : ca_make(directory, names, &clock_system);
    if (s.why == REASON_CONFIG_INVALID) {
        complain("a --name is no DNS name or an --ip no address");
        return EXIT_USAGE;
    }
    if (!ok(s)) {
        return complain_status(directory, s);
    }
    (void)printf("%s: %sserver.crt and server.key\n", directory,
                 renew ? "" : "ca.crt, ca.key, " CA_CLIENTS ".crt, " CA_CLIENTS ".key, ");
    return EXIT_FINE;
}

enum exit_code command_ca_init(int argc, const char **argv)
{
    DEFER(free_texts) struct ca_texts texts = {0};
    int renew = 0, clients = 0;
    const struct poptOption options[] = {
        {"out", 'o', POPT_ARG_STRING, &texts.out, 0, "where the files go", "DIR"},
        {"state", 0, POPT_ARG_STRING, &texts.state, 0, "the state directory: files go to DIR/tls",
         "DIR"},
        {"name", 0, POPT_ARG_ARGV, &texts.names, 0, "one more name, beside localhost", "DNS"},
        {"ip", 0, POPT_ARG_ARGV, &texts.addresses, 0, "one more address, beside 127.0.0.1 and ::1",
         "ADDRESS"},
        {"renew", 0, POPT_ARG_NONE, &renew, 0,
         "a new server certificate under the CA that is there", NULL},
        {"clients", 0, POPT_ARG_NONE, &clients, 0,
         "only the CA of agents and core systems, which older directories lack", NULL},
        POPT_AUTOHELP POPT_TABLEEND};
    DEFER(command_line_fini) struct command_line line;
    struct ca_names names = {
        .dns = {"localhost"}, .dns_count = 1, .ip = {"127.0.0.1", "::1"}, .ip_count = 2};
    char directory[PATH_MAX];
    if (!command_line_init(&line, argc, argv, &(struct command_usage){options, "", 0, 0}) ||
        !find_directory(&texts, directory) || !add_all(names.dns, &names.dns_count, texts.names) ||
        !add_all(names.ip, &names.ip_count, texts.addresses)) {
        return EXIT_USAGE;
    }
    if (!make_directories(&texts, directory)) {
        return EXIT_FAILED;
    }
    return clients != 0 ? make_clients(directory) : make(directory, &names, renew != 0);
}
