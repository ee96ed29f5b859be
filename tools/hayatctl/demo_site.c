#include "tools/hayatctl/demo_site.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "auth/keyring.h"
#include "base/codec.h"
#include "base/defer.h"
#include "service/receipt.h"
#include "tools/hayatctl/demo_devices.h"
#include "tools/hayatctl/demo_generate.h"

enum {
    MOROCCO_OFFSET_MINUTES = 60,
    DAY_MS = 86400000,
    DAYS_OF_YEAR = 365,
    READY_WAIT_MS = 30000,
    LOOK_MS = 20
};

bool demo_site_path(const struct demo_site *site, const char *name, char ret[SITE_PATH_BYTES])
{
    int len = snprintf(ret, SITE_PATH_BYTES, "%s/%s", site->directory, name);
    return len > 0 && len < SITE_PATH_BYTES;
}

/* --- programs --- */

/* In a child of PARENT's, with which it ends, however that ends. */
_Noreturn static void become(pid_t parent, const char *path, const char *const argv[],
                             const char *log_path)
{
    int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int out = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (in >= 0 && out >= 0 && dup2(in, STDIN_FILENO) == STDIN_FILENO &&
        dup2(out, STDOUT_FILENO) == STDOUT_FILENO && dup2(out, STDERR_FILENO) == STDERR_FILENO &&
        prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && getppid() == parent) {
        (void)execv(path, (char *const *)(uintptr_t)argv);
    }
    _exit(127);
}

/* Standard output and error go to LOG, which is appended to. */
static status begin(const struct demo_site *site, const char *program,
                    const char *const arguments[], const char *log, pid_t *ret_pid)
{
    enum { ARGUMENTS_MOST = 32 };
    char path[SITE_PATH_BYTES], log_path[SITE_PATH_BYTES];
    const char *argv[ARGUMENTS_MOST + 2] = {program};
    int len = snprintf(path, sizeof path, "%s/%s", site->programs, program);
    if (len < 0 || len >= (int)sizeof path || !demo_site_path(site, log, log_path)) {
        return FAIL(CONFIG_INVALID);
    }
    for (int i = 0; i < ARGUMENTS_MOST && arguments[i] != NULL; i++) {
        argv[i + 1] = arguments[i];
    }
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        become(parent, path, argv, log_path);
    }
    *ret_pid = child;
    return child > 0 ? STATUS_OK : FAIL(FILE_UNREADABLE);
}

static bool ended_well(pid_t pid)
{
    int how;
    return waitpid(pid, &how, 0) == pid && WIFEXITED(how) && WEXITSTATUS(how) == 0;
}

/* One of hayatctl's own commands, to its end. */
static status command(const struct demo_site *site, const char *const arguments[])
{
    pid_t pid;
    TRY(begin(site, "hayatctl", arguments, "site.log", &pid));
    return ended_well(pid) ? STATUS_OK : FAIL(CONFIG_INVALID);
}

#define COMMAND(site, ...) command((site), (const char *const[]){__VA_ARGS__, NULL})

/* --- files --- */

static FILE *file_in(const struct demo_site *site, const char *name)
{
    char path[SITE_PATH_BYTES];
    return demo_site_path(site, name, path) ? fopen(path, "we") : NULL;
}

static status finished(FILE *file)
{
    bool bad = file == NULL || ferror(file) != 0;
    return file != NULL && fclose(file) == 0 && !bad ? STATUS_OK : FAIL(FILE_UNWRITABLE);
}

static status write_server_config(const struct demo_site *site)
{
    const char *d = site->directory;
    FILE *file = file_in(site, "hayatd.conf");
    if (file != NULL) {
        (void)fprintf(file,
                      "; A demonstration: its clock is moved, its members are invented.\n"
                      "[server]\nlisten = 127.0.0.1:0\nagents_listen = 127.0.0.1:0\n"
                      "cert = %s/tls/server.crt\nkey = %s/tls/server.key\nca = %s/tls/ca.crt\n"
                      "client_ca = %s/tls/clients-ca.crt\n",
                      d, d, d, d);
        (void)fprintf(file,
                      "[store]\ndirectory = %s/db\nmaster_key = %s/master.key\nkeyring = "
                      "%s/keyring\nallow_test_file_systems = true\n"
                      "[session]\ndemonstration = true\n[time]\ndemonstration_clock = %s/clock\n",
                      d, d, d, d);
    }
    return finished(file);
}

static status write_courier_config(const struct demo_site *site)
{
    const char *d = site->directory;
    FILE *file = file_in(site, "courier.conf");
    if (file != NULL) {
        (void)fprintf(
            file,
            "[server]\naddress = 127.0.0.1:%d\nca = %s/tls/ca.crt\ncert = %s/courier.crt\n"
            "key = %s/courier.key\n[courier]\nstate = %s/carried\n"
            "[sms]\ncarrier = spool\nspool = %s/spool/sms\n"
            "[post]\ncarrier = spool\nspool = %s/spool/letters\n"
            "[fund]\nname_fr = Caisse de démonstration\nname_ar = صندوق تجريبي\n",
            site->agents_port, d, d, d, d, d, d);
    }
    return finished(file);
}

static void write_date(FILE *file, struct date date, int years)
{
    struct date other = date_from_days(date_to_days(date) + (int64_t)years * DAYS_OF_YEAR);
    (void)fprintf(file, ",%04d-%02d-%02d", other.year, other.month, other.day);
}

static void write_window(FILE *file, const struct demo_site *site, int years)
{
    write_date(file, site->window.open, years);
    write_date(file, site->window.due, years);
    write_date(file, site->window.grace_end, years);
    (void)fputc('\n', file);
}

/* This campaign, and one before and one after it, instead of the calendar years' of demo generate. */
static status write_campaigns(const struct demo_site *site)
{
    FILE *file = file_in(site, "fund/campaigns.csv");
    if (file != NULL) {
        (void)fputs("year,open_date,due_date,grace_end_date\n", file);
        for (int years = -1; years <= 1; years++) {
            (void)fprintf(file, "%d", site->window.open.year + years);
            write_window(file, site, years);
        }
    }
    return finished(file);
}

/* ... and what demo generate has for one country, with the same days. */
static status write_windows(const struct demo_site *site)
{
    FILE *file = file_in(site, "fund/campaign_windows.csv");
    if (file != NULL) {
        (void)fputs("version,valid_from_date,source,year,country_code,scheme_code,open_date,"
                    "due_date,grace_end_date\n",
                    file);
        for (int years = 0; years <= 1; years++) {
            (void)fprintf(file, "WINDOWS-DEMO,2000-01-01,ours,%d,CA,",
                          site->window.open.year + years);
            write_window(file, site, years);
        }
    }
    return finished(file);
}

/* --- making it --- */

static status make_directory(const struct demo_site *site, const char *name)
{
    char path[SITE_PATH_BYTES];
    return demo_site_path(site, name, path) && (mkdir(path, 0700) == 0 || errno == EEXIST)
               ? STATUS_OK
               : FAIL(FILE_UNWRITABLE);
}

static status find_programs(struct demo_site *site)
{
    ssize_t len = readlink("/proc/self/exe", site->programs, sizeof site->programs - 1);
    if (len <= 0) {
        return FAIL(FILE_UNREADABLE);
    }
    site->programs[len] = '\0';
    *strrchr(site->programs, '/') = '\0';
    return STATUS_OK;
}

static status invent_fund(const struct demo_site *site)
{
    char path[SITE_PATH_BYTES];
    struct progress progress;
    struct demo_result result;
    progress_init(&progress, &clock_system, "fund", true);
    if (!demo_site_path(site, "fund", path)) {
        return FAIL(FILE_UNWRITABLE);
    }
    TRY(demo_generate(&site->fund, path, &progress, &result));
    TRY(write_campaigns(site));
    return write_windows(site);
}

static status add_agents(const struct demo_site *site, const char *config, const char *tls)
{
    for (int i = 0; i < site->agents; i++) {
        char name[32], staff[32], mail[64], out[SITE_PATH_BYTES + 32];
        (void)snprintf(name, sizeof name, "Demo reviewer %d", i + 1);
        (void)snprintf(staff, sizeof staff, "DEMO-%d", i + 1);
        (void)snprintf(mail, sizeof mail, "reviewer%d@example.invalid", i + 1);
        (void)snprintf(out, sizeof out, "%s/agents/%d", site->directory, i);
        TRY(COMMAND(site, "agent", "add", "--config", config, "--ca-dir", tls, "--role",
                    "reviewer,agency", "--name", name, "--staff-number", staff, "--email", mail,
                    "--out", out));
    }
    return STATUS_OK;
}

static status run_commands(const struct demo_site *site)
{
    char config[SITE_PATH_BYTES], tls[SITE_PATH_BYTES], fund[SITE_PATH_BYTES],
        courier[SITE_PATH_BYTES];
    if (!demo_site_path(site, "hayatd.conf", config) || !demo_site_path(site, "tls", tls) ||
        !demo_site_path(site, "fund", fund) || !demo_site_path(site, "courier", courier)) {
        return FAIL(CONFIG_INVALID);
    }
    TRY(COMMAND(site, "keys", "init", "--config", config));
    TRY(COMMAND(site, "ca", "init", "--out", tls));
    TRY(COMMAND(site, "import", "--config", config, "--quiet", fund));
    TRY(COMMAND(site, "system", "add", "--config", config, "--ca-dir", tls, "--name", "courier",
                "--scope", "outbox", "--out", courier));
    return add_agents(site, config, tls);
}

status demo_site_make(struct demo_site *site, struct id *devices)
{
    static const char *const directories[] = {"fund", "agents", "spool"};
    char clock[SITE_PATH_BYTES];
    TRY(find_programs(site));
    for (size_t i = 0; i < sizeof directories / sizeof *directories; i++) {
        TRY(make_directory(site, directories[i]));
    }
    if (!demo_site_path(site, "clock", clock)) {
        return FAIL(FILE_UNWRITABLE);
    }
    TRY(shifted_clock_create(clock, &site->clock, &site->shift_ms));
    TRY(write_server_config(site));
    TRY(invent_fund(site));
    TRY(run_commands(site));
    return demo_devices_enrol(site, devices);
}

void demo_site_key_seed(const struct demo_site *site, uint32_t index,
                        uint8_t ret_seed[SITE_KEY_SEED_BYTES])
{
    uint8_t in[12];
    put_be64(in, site->fund.seed);
    put_be32(in + 8, index);
    (void)crypto_generichash(ret_seed, SITE_KEY_SEED_BYTES, in, sizeof in, NULL, 0);
}

status demo_site_receipt_key(const struct demo_site *site, uint8_t ret_key[32])
{
    char master[SITE_PATH_BYTES], keyring[SITE_PATH_BYTES];
    struct seal_keys *keys;
    struct receipt_signer signer;
    if (!demo_site_path(site, "master.key", master) || !demo_site_path(site, "keyring", keyring)) {
        return FAIL(FILE_UNREADABLE);
    }
    TRY(keyring_open(master, keyring, false, &keys));
    receipt_signer_init(&signer, keys);
    memcpy(ret_key, signer.public_key, RECEIPT_PUBLIC_KEY_BYTES);
    receipt_signer_fini(&signer);
    keyring_close(keys);
    return STATUS_OK;
}

/* --- running it --- */

/* The number after NAME in the line that says "ready". */
static bool read_number(const char *line, const char *name, int *ret)
{
    const char *at = strstr(line, name);
    *ret = at == NULL ? 0 : (int)strtol(at + strlen(name), NULL, 10);
    return *ret > 0;
}

static bool is_ready(struct demo_site *site)
{
    char path[SITE_PATH_BYTES], line[512];
    DEFER(defer_fclose)
    FILE *file = demo_site_path(site, "server.log", path) ? fopen(path, "re") : NULL;
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strstr(line, "event=ready") != NULL) {
            return read_number(line, " port=", &site->port) &&
                   read_number(line, " agents_port=", &site->agents_port);
        }
    }
    return false;
}

static void look_again(void)
{
    (void)nanosleep(&(struct timespec){.tv_nsec = LOOK_MS * 1000000L}, NULL);
}

status demo_site_start(struct demo_site *site)
{
    char config[SITE_PATH_BYTES], courier[SITE_PATH_BYTES];
    if (!demo_site_path(site, "hayatd.conf", config) ||
        !demo_site_path(site, "courier.conf", courier)) {
        return FAIL(CONFIG_INVALID);
    }
    TRY(begin(site, "hayatd", (const char *const[]){"--config", config, NULL}, "server.log",
              &site->server));
    for (int waited_ms = 0; !is_ready(site); waited_ms += LOOK_MS) {
        if (waited_ms > READY_WAIT_MS || waitpid(site->server, NULL, WNOHANG) == site->server) {
            return FAIL(CONNECTION_FAILED);
        }
        look_again();
    }
    TRY(write_courier_config(site));
    return begin(site, "hayat-courier", (const char *const[]){"--config", courier, NULL},
                 "courier.log", &site->courier);
}

static bool end(pid_t *pid)
{
    bool well = *pid <= 0 || (kill(*pid, SIGTERM) == 0 && ended_well(*pid));
    *pid = 0;
    return well;
}

bool demo_site_stop(struct demo_site *site)
{
    (void)end(&site->courier);
    bool well = end(&site->server);
    shifted_clock_close(&site->clock);
    return well;
}

void demo_site_pass_days(struct demo_site *site, int days)
{
    *site->shift_ms += (int64_t)days * DAY_MS;
}

int64_t demo_site_today(const struct demo_site *site)
{
    return date_to_days(
        date_from_wall_ms(clock_wall_ms(&site->clock.clock), MOROCCO_OFFSET_MINUTES));
}

void demo_site_look_at_memory(const struct demo_site *site, struct demo_memory *memory)
{
    char path[64], line[256];
    long long own = 0, all = 0;
    (void)snprintf(path, sizeof path, "/proc/%ld/status", (long)site->server);
    DEFER(defer_fclose) FILE *file = site->server > 0 ? fopen(path, "re") : NULL;
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        all = strncmp(line, "VmHWM:", 6) == 0 ? strtoll(line + 6, NULL, 10) : all;
        own = strncmp(line, "RssAnon:", 8) == 0 ? strtoll(line + 8, NULL, 10) : own;
    }
    memory->own_kib = own > memory->own_kib ? own : memory->own_kib;
    memory->all_kib = all > memory->all_kib ? all : memory->all_kib;
}
