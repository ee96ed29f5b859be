/* hayatctl demo campaign: options, and the report of what happened to each pensioner. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/defer.h"
#include "tools/hayatctl/command.h"
#include "tools/hayatctl/demo_campaign.h"

enum {
    PENSIONERS_DEFAULT = 8000,
    PENSIONERS_MOST = 100000,
    AGENTS_DEFAULT = 40,
    AGENTS_MOST = 200,
    CUT_DEFAULT = 30,
    FORM_KIB_DEFAULT = 60,
    FORM_KIB_MOST = 4096,
    THREADS = 6,
    MOROCCO_OFFSET_MINUTES = 60,
};

struct wishes {
    char *out;
    long long seed;
    int pensioners, agents, cut_percent, form_kib, quiet, each;
};

/* --- the report --- */

static const char *state_name(Hayat__V1__ObligationState state)
{
    const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(
        &hayat__v1__obligation_state__descriptor, (int)state);
    return value == NULL ? "?" : value->name + strlen("OBLIGATION_STATE_");
}

static void print_each(const struct demo_campaign *campaign)
{
    for (uint32_t i = 0; i < campaign->site.fund.members; i++) {
        const struct demo_person_run *person = &campaign->people[i];
        const char *wrong = demo_campaign_wrong(person);
        (void)printf("%u\t%s\t%s\t%d receipts\t%s\n", i, demo_fate_texts[person->fate],
                     state_name(person->pensioner.end), person->pensioner.receipts_good,
                     wrong == NULL ? "right" : wrong);
    }
}

static void print_fate(const struct demo_campaign *campaign, enum demo_fate fate)
{
    uint32_t count = 0, wrong = 0, in_time = 0;
    for (uint32_t i = 0; i < campaign->site.fund.members; i++) {
        const struct demo_person_run *person = &campaign->people[i];
        if (person->fate == fate) {
            count++;
            in_time += person->pensioner.in_time;
            wrong += demo_campaign_wrong(person) != NULL;
        }
    }
    (void)printf("%-40s %6u %8u %6u\n", demo_fate_texts[fate], count, in_time, wrong);
}

static uint32_t print_wrong(const struct demo_campaign *campaign)
{
    enum { SHOWN_MOST = 20 };
    uint32_t wrong = 0;
    for (uint32_t i = 0; i < campaign->site.fund.members; i++) {
        const struct demo_person_run *person = &campaign->people[i];
        const char *why = demo_campaign_wrong(person);
        if (why != NULL && wrong++ < SHOWN_MOST) {
            (void)printf("wrong: person %u, who %s: %s (%s)\n", i, demo_fate_texts[person->fate],
                         why, state_name(person->pensioner.end));
        }
    }
    return wrong;
}

static void print_figures(const struct demo_campaign *campaign)
{
    const struct demo_review_counts *reviews = &campaign->reviews;
    uint64_t receipts = 0;
    for (uint32_t i = 0; i < campaign->site.fund.members; i++) {
        receipts += (uint64_t)campaign->people[i].pensioner.receipts_good;
    }
    (void)printf("filed %" PRIu64 " times, accepted %" PRIu64 ", more asked for %" PRIu64
                 ", votes to suspend %" PRIu64 ", receipts verified %" PRIu64 "\n",
                 campaign->filings, reviews->accepted, reviews->more_needed, reviews->votes,
                 receipts);
    (void)printf("network: %" PRIu64 " calls, %" PRIu64 " of them lost; %" PRIu64
                 " connections, %" PRIu64 " cut, %" PRIu64 " stalls; agents: %" PRIu64
                 " MB of evidence read, %" PRIu64 " tasks taken by another first, %" PRIu64
                 " failures\n",
                 campaign->calls, campaign->broken_calls, campaign->network_counts.connections,
                 campaign->network_counts.cuts, campaign->network_counts.stalls,
                 reviews->evidence_bytes / 1000000, reviews->lost_races, reviews->failures);
    (void)printf("made in %" PRId64 " s, lived through in %" PRId64
                 " s; the server's memory at most %" PRId64 " MiB, %" PRId64
                 " MiB with the store's file as it is mapped\n",
                 campaign->make_ms / 1000, campaign->run_ms / 1000, campaign->memory.own_kib / 1024,
                 campaign->memory.all_kib / 1024);
}

static enum exit_code report(const struct demo_campaign *campaign, bool each)
{
    if (each) {
        print_each(campaign);
    }
    (void)printf("%-40s %6s %8s %6s\n", "who", "people", "in time", "wrong");
    for (int fate = 0; fate < FATE_COUNT; fate++) {
        print_fate(campaign, (enum demo_fate)fate);
    }
    print_figures(campaign);
    uint32_t wrong = print_wrong(campaign);
    if (campaign->stuck) {
        (void)printf("wrong: what was filed was not decided\n");
    }
    (void)printf("%s\n",
                 wrong == 0 && !campaign->stuck ? "all as it must be" : "NOT as it must be");
    return wrong == 0 && !campaign->stuck ? EXIT_FINE : EXIT_REFUSED;
}

/* --- the command --- */

static bool within(const char *name, int value, int least, int most)
{
    if (value >= least && value <= most) {
        return true;
    }
    complain("%s must be %d to %d, not %d", name, least, most, value);
    return false;
}

static bool check(const struct wishes *wishes)
{
    return within("--pensioners", wishes->pensioners, 1, PENSIONERS_MOST) &&
           within("--agents", wishes->agents, 2, AGENTS_MOST) &&
           within("--cut-percent", wishes->cut_percent, 0, 90) &&
           within("--form-kib", wishes->form_kib, 1, FORM_KIB_MOST);
}

/* A directory of its own, which must be new. */
static bool find_directory(const struct wishes *wishes, char directory[SITE_PATH_BYTES])
{
    const char *base = wishes->out != NULL ? wishes->out : "/tmp/hayat-campaign.XXXXXX";
    int len = snprintf(directory, SITE_PATH_BYTES, "%s", base);
    bool made = len > 0 && len < SITE_PATH_BYTES - 64 &&
                (wishes->out != NULL ? mkdir(directory, 0700) == 0 : mkdtemp(directory) != NULL);
    char *whole = made ? realpath(directory, NULL) : NULL;
    made = whole != NULL &&
           snprintf(directory, SITE_PATH_BYTES, "%s", whole) < SITE_PATH_BYTES - 64;
    free(whole);
    if (!made) {
        complain("%s: cannot be made, or is there already", base);
    }
    return made;
}

static enum exit_code run(const struct wishes *wishes)
{
    static struct demo_campaign campaign;
    struct demo_site *site = &campaign.site;
    campaign.threads = THREADS;
    campaign.quiet = wishes->quiet != 0;
    site->agents = wishes->agents;
    site->fund = (struct demo_fund){
        .seed = (uint64_t)wishes->seed,
        .members = (uint32_t)wishes->pensioners,
        .abroad = (uint32_t)wishes->pensioners,
        .today = date_from_wall_ms(clock_wall_ms(&clock_system), MOROCCO_OFFSET_MINUTES),
        .photo_members = 1,
    };
    if (!find_directory(wishes, site->directory)) {
        return EXIT_FAILED;
    }
    (void)fprintf(stderr, "hayatctl: %d pensioners abroad, in %s\n", wishes->pensioners,
                  site->directory);
    rpc_client_init();
    status s = demo_campaign_run(&campaign, (uint32_t)wishes->cut_percent,
                                 (size_t)wishes->form_kib * 1024);
    enum exit_code code = ok(s) ? report(&campaign, wishes->each != 0)
                                : complain_status(site->directory, s);
    demo_campaign_fini(&campaign);
    rpc_client_shutdown();
    return code;
}

enum exit_code command_demo_campaign(int argc, const char **argv)
{
    struct wishes wishes = {.seed = 1,
                            .pensioners = PENSIONERS_DEFAULT,
                            .agents = AGENTS_DEFAULT,
                            .cut_percent = CUT_DEFAULT,
                            .form_kib = FORM_KIB_DEFAULT};
    const struct poptOption options[] = {
        {"out", 'o', POPT_ARG_STRING, &wishes.out, 0,
         "where the installation goes; must not be there (default: a new directory in /tmp)",
         "DIR"},
        {"pensioners", 'n', POPT_ARG_INT | POPT_ARGFLAG_SHOW_DEFAULT, &wishes.pensioners, 0,
         "how many pensioners abroad", "N"},
        {"agents", 0, POPT_ARG_INT | POPT_ARGFLAG_SHOW_DEFAULT, &wishes.agents, 0,
         "how many agents decide", "N"},
        {"cut-percent", 0, POPT_ARG_INT | POPT_ARGFLAG_SHOW_DEFAULT, &wishes.cut_percent, 0,
         "how many connections in a hundred break", "N"},
        {"form-kib", 0, POPT_ARG_INT | POPT_ARGFLAG_SHOW_DEFAULT, &wishes.form_kib, 0,
         "size of a scanned form, about, in KiB", "N"},
        {"seed", 's', POPT_ARG_LONGLONG | POPT_ARGFLAG_SHOW_DEFAULT, &wishes.seed, 0,
         "same seed, same people and fates", "S"},
        {"each", 0, POPT_ARG_NONE, &wishes.each, 0, "a line for each pensioner", NULL},
        {"quiet", 'q', POPT_ARG_NONE, &wishes.quiet, 0, "no progress", NULL},
        POPT_AUTOHELP POPT_TABLEEND};
    DEFER(command_line_fini) struct command_line line;
    bool good = command_line_init(&line, argc, argv, &(struct command_usage){options, "", 0, 0}) &&
                check(&wishes);
    enum exit_code code = good ? run(&wishes) : EXIT_USAGE;
    free(wishes.out);
    return code;
}
