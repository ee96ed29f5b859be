#include "tools/hayatctl/demo_campaign.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tools/hayatctl/demo_dice.h"
#include "tools/hayatctl/progress.h"

enum {
    DUE_DAYS = 60, /* from the opening */
    GRACE_DAYS = 90,
    LATE_DAYS = 175, /* who was suspended files now */
    END_DAYS = 190,
    RUSH_DAYS = 3,
    ANSWER_DAYS = 3, /* after more was asked for */
    THREADS_MOST = 8,
    STALL_PERCENT = 20,
    LOOK_MS = 50,
    JOBS_MS = 250, /* for the server's jobs to see a new day */
    SLOW_DAY_MS = 1500,
    SLOW_DAYS_MOST =
        150, /* a machine so slow that all reminders are sent at the end has the waits after them still before it */
    STUCK_AFTER_MS = 120000, /* without any decision */
};

const char *const demo_fate_texts[FATE_COUNT] = {
    [FATE_EARLY] = "filed early",
    [FATE_RUSH] = "filed in the last three days",
    [FATE_GRACE] = "filed within grace",
    [FATE_PAGE] = "left a page out, sent it when asked",
    [FATE_BROKEN] = "sent a broken file, then a good one",
    [FATE_VIDEO] = "filed by video",
    [FATE_PAPER] = "handed papers in at an agency",
    [FATE_DRAFT] = "began, never submitted",
    [FATE_NEVER] = "did nothing",
    [FATE_REINSTATED] = "did nothing, filed when suspended",
};

/* --- fates --- */

static const struct {
    enum demo_fate fate;
    uint32_t percent;
    int32_t first, last; /* days from the opening */
} shares[] = {
    {FATE_RUSH, 45, DUE_DAYS - RUSH_DAYS + 1, DUE_DAYS},
    {FATE_EARLY, 26, 1, 40},
    {FATE_GRACE, 8, DUE_DAYS + 1, GRACE_DAYS},
    {FATE_PAGE, 5, 5, 50},
    {FATE_BROKEN, 3, 5, 50},
    {FATE_VIDEO, 4, 5, 50},
    {FATE_PAPER, 3, 5, 50},
    {FATE_DRAFT, 2, 5, 50},
    {FATE_NEVER, 2, 0, 0},
    {FATE_REINSTATED, 2, LATE_DAYS, LATE_DAYS + 5},
};

static void throw_fate(struct demo_campaign *campaign, uint32_t index, size_t form_bytes)
{
    struct demo_person_run *person = &campaign->people[index];
    struct dice dice = dice_for(campaign->site.fund.seed, DICE_PENSIONERS, index);
    uint32_t thrown = dice_below(&dice, 100), at = 0;
    while (thrown >= shares[at].percent) {
        thrown -= shares[at++].percent;
    }
    person->fate = shares[at].fate;
    person->pensioner.index = index;
    person->pensioner.form_bytes = form_bytes / 2 + dice_below(&dice, (uint32_t)form_bytes);
    if (shares[at].last > 0) {
        person->day = date_to_days(campaign->site.window.open) +
                      dice_between(&dice, shares[at].first, shares[at].last);
    }
}

/* --- acts --- */

static status act_on_paper(struct demo_campaign *campaign, struct demo_person_run *person)
{
    struct demo_member member;
    demo_member_make(&campaign->site.fund, person->pensioner.index, &member);
    TRY(demo_reviewers_file_paper(campaign->reviewers, member.registration_number));
    person->pensioner.submissions++;
    return STATUS_OK;
}

static status act_on_phone(struct demo_caller *caller, struct demo_campaign *campaign,
                           struct demo_person_run *person)
{
    struct demo_pensioner *pensioner = &person->pensioner;
    const struct demo_pension_desk *desk = &campaign->desk;
    TRY(demo_pensioner_sign_in(caller, desk, pensioner));
    if (person->acts > 0) {
        bool asked;
        return demo_pensioner_answer(caller, desk, pensioner, &asked);
    }
    switch (person->fate) {
    case FATE_DRAFT:
        return demo_pensioner_begin(caller, pensioner, PAPER_WHOLE);
    case FATE_PAGE:
        return demo_pensioner_file(caller, desk, pensioner, PAPER_PAGE_LEFT_OUT);
    case FATE_BROKEN:
        return demo_pensioner_file(caller, desk, pensioner, PAPER_BROKEN_OFF);
    case FATE_VIDEO:
        return demo_pensioner_film(caller, desk, pensioner);
    case FATE_EARLY:
    case FATE_RUSH:
    case FATE_GRACE:
    case FATE_PAPER:
    case FATE_NEVER:
    case FATE_REINSTATED:
    case FATE_COUNT:
        break;
    }
    return demo_pensioner_file(caller, desk, pensioner, PAPER_WHOLE);
}

static void complain_of(const struct demo_person_run *person, status s)
{
    (void)fprintf(stderr, "hayatctl: person %u (%s): %s\n", person->pensioner.index,
                  demo_fate_texts[person->fate], reason_name(s.why));
}

static void live_day(struct demo_caller *caller, struct demo_campaign *campaign,
                     struct demo_person_run *person)
{
    status s = act_on_phone(caller, campaign, person);
    person->acts++;
    /* A broken file is filed as it is by who did not get the machine's word in time. */
    bool asked = person->fate == FATE_PAGE ||
                 (person->fate == FATE_BROKEN && !person->pensioner.machine_refused);
    person->day = asked && person->acts == 1 ? person->day + ANSWER_DAYS : 0;
    if (!ok(s)) {
        person->failed = true;
        complain_of(person, s);
    }
}

static void look(struct demo_caller *caller, struct demo_campaign *campaign,
                 struct demo_person_run *person)
{
    status s = demo_pensioner_sign_in(caller, &campaign->desk, &person->pensioner);
    if (ok(s)) {
        s = demo_pensioner_look(caller, &campaign->desk, &person->pensioner);
    }
    if (!ok(s)) {
        person->failed = true;
        complain_of(person, s);
    }
}

/* --- many at once --- */

typedef void person_act(struct demo_caller *caller, struct demo_campaign *campaign,
                        struct demo_person_run *person);

struct crowd {
    struct demo_campaign *campaign;
    person_act *act;
    int64_t day; /* those whose day it is; 0: everybody */
    const struct channel_options *options;
    _Atomic uint32_t next;
    _Atomic uint64_t calls, broken;
};

static void *act_in_turn(void *ctx)
{
    struct crowd *crowd = ctx;
    struct demo_campaign *campaign = crowd->campaign;
    struct demo_caller caller;
    demo_caller_init(&caller, crowd->options);
    for (uint32_t i; (i = crowd->next++) < campaign->site.fund.members;) {
        struct demo_person_run *person = &campaign->people[i];
        bool phones = person->fate != FATE_PAPER || crowd->day == 0;
        if (phones && (crowd->day == 0 || person->day == crowd->day)) {
            crowd->act(&caller, campaign, person);
        }
    }
    crowd->calls += caller.calls;
    crowd->broken += caller.broken;
    demo_caller_fini(&caller);
    return NULL;
}

static void let_act(struct demo_campaign *campaign, person_act *act, int64_t day)
{
    char target[32], ca[SITE_PATH_BYTES];
    pthread_t threads[THREADS_MOST];
    int started = 0;
    (void)snprintf(target, sizeof target, "127.0.0.1:%d", demo_network_port(campaign->network));
    (void)demo_site_path(&campaign->site, "tls/ca.crt", ca);
    const struct channel_options options = {.target = target, .ca_file = ca};
    struct crowd crowd = {.campaign = campaign, .act = act, .day = day, .options = &options};
    while (started < campaign->threads && started < THREADS_MOST &&
           pthread_create(&threads[started], NULL, act_in_turn, &crowd) == 0) {
        started++;
    }
    for (int i = 0; i < started; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    campaign->calls += crowd.calls;
    campaign->broken_calls += crowd.broken;
}

static void hand_papers_in(struct demo_campaign *campaign, int64_t day)
{
    for (uint32_t i = 0; i < campaign->site.fund.members; i++) {
        struct demo_person_run *person = &campaign->people[i];
        if (person->fate == FATE_PAPER && person->day == day) {
            status s = act_on_paper(campaign, person);
            person->day = 0;
            person->failed = !ok(s);
            if (!ok(s)) {
                complain_of(person, s);
            }
        }
    }
}

/* --- days --- */

static void wait_ms(int ms)
{
    (void)nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000L}, NULL);
}

static uint64_t filings_of(const struct demo_campaign *campaign)
{
    uint64_t filings = 0;
    for (uint32_t i = 0; i < campaign->site.fund.members; i++) {
        filings += (uint64_t)campaign->people[i].pensioner.submissions;
    }
    return filings;
}

static uint64_t decisions_of(const struct demo_campaign *campaign)
{
    return campaign->reviews.accepted + campaign->reviews.more_needed;
}

/* Until everything filed so far is decided, and the agents have found their list empty. */
static void await_decisions(struct demo_campaign *campaign)
{
    uint64_t before = decisions_of(campaign), idle = campaign->reviews.idle_looks;
    campaign->filings = filings_of(campaign);
    for (int waited_ms = 0; decisions_of(campaign) < campaign->filings ||
                            campaign->reviews.idle_looks < idle + (uint64_t)campaign->site.agents;
         waited_ms += LOOK_MS) {
        if (decisions_of(campaign) != before) {
            before = decisions_of(campaign);
            waited_ms = 0;
        }
        if (waited_ms > STUCK_AFTER_MS) {
            campaign->stuck = true;
            return;
        }
        wait_ms(LOOK_MS);
    }
}

static bool anybody_on(const struct demo_campaign *campaign, int64_t day)
{
    for (uint32_t i = 0; i < campaign->site.fund.members; i++) {
        if (campaign->people[i].day == day) {
            return true;
        }
    }
    return false;
}

static uint64_t votes_due(const struct demo_campaign *campaign)
{
    uint64_t votes = 0;
    for (uint32_t i = 0; i < campaign->site.fund.members; i++) {
        enum demo_fate fate = campaign->people[i].fate;
        votes += fate == FATE_NEVER || fate == FATE_REINSTATED ? 2 : 0;
    }
    return votes;
}

/* Days at the pace of a slow machine, until who did nothing is suspended: everybody's next acts wait for it.  Returns how many. */
static int await_suspensions(struct demo_campaign *campaign)
{
    uint64_t due = votes_due(campaign);
    int days = 0;
    for (; campaign->reviews.votes < due && days < SLOW_DAYS_MOST; days++) {
        wait_ms(SLOW_DAY_MS);
        demo_site_pass_days(&campaign->site, 1);
        for (uint32_t i = 0; i < campaign->site.fund.members; i++) {
            campaign->people[i].day += campaign->people[i].day > 0 ? 1 : 0;
        }
    }
    return days;
}

static void live_through(struct demo_campaign *campaign)
{
    struct progress progress;
    int64_t open = date_to_days(campaign->site.window.open);
    progress_init(&progress, &clock_system, "campaign, days", campaign->quiet);
    for (int day = 0; day <= END_DAYS && !campaign->stuck; day++) {
        open += day == LATE_DAYS - 1 ? await_suspensions(campaign) : 0;
        if (anybody_on(campaign, open + day)) {
            let_act(campaign, live_day, open + day);
            hand_papers_in(campaign, open + day);
            await_decisions(campaign);
        } else {
            wait_ms(JOBS_MS);
        }
        demo_site_look_at_memory(&campaign->site, &campaign->memory);
        progress_tick(&progress, (uint64_t)day, (uint32_t)(day * 1000 / END_DAYS));
        demo_site_pass_days(&campaign->site, 1);
    }
    await_decisions(campaign);
    progress_finish(&progress, END_DAYS, "");
}

/* --- the whole --- */

static struct date days_after(struct date date, int days)
{
    return date_from_days(date_to_days(date) + days);
}

static status prepare(struct demo_campaign *campaign, size_t form_bytes)
{
    struct demo_site *site = &campaign->site;
    uint32_t members = site->fund.members;
    struct id *devices = calloc(members, sizeof *devices);
    campaign->people = calloc(members, sizeof *campaign->people);
    site->window.open = site->fund.today;
    site->window.due = days_after(site->fund.today, DUE_DAYS);
    site->window.grace_end = days_after(site->fund.today, GRACE_DAYS);
    status s = devices == NULL || campaign->people == NULL ? FAIL(ARENA_FULL)
                                                           : demo_site_make(site, devices);
    for (uint32_t i = 0; ok(s) && i < members; i++) {
        throw_fate(campaign, i, form_bytes);
        campaign->people[i].pensioner.device = devices[i];
    }
    free(devices);
    return s;
}

static status open_for_business(struct demo_campaign *campaign, uint32_t cut_percent)
{
    TRY(demo_site_receipt_key(&campaign->site, campaign->desk.receipt_key));
    campaign->desk.site = &campaign->site;
    TRY(demo_site_start(&campaign->site));
    const struct demo_network_options network = {.seed = campaign->site.fund.seed,
                                                 .server_port = campaign->site.port,
                                                 .cut_percent = cut_percent,
                                                 .stall_percent = STALL_PERCENT};
    TRY(demo_network_start(&network, &campaign->network));
    return demo_reviewers_start(&campaign->site, &campaign->reviews, &campaign->reviewers);
}

static int64_t now_ms(void)
{
    return clock_mono_us(&clock_system) / 1000;
}

status demo_campaign_run(struct demo_campaign *campaign, uint32_t cut_percent, size_t form_bytes)
{
    int64_t begin_ms = now_ms();
    TRY(prepare(campaign, form_bytes));
    TRY(open_for_business(campaign, cut_percent));
    campaign->make_ms = now_ms() - begin_ms;
    live_through(campaign);
    let_act(campaign, look, 0);
    campaign->run_ms = now_ms() - begin_ms - campaign->make_ms;
    demo_site_look_at_memory(&campaign->site, &campaign->memory);
    demo_network_stop(campaign->network, &campaign->network_counts);
    campaign->network = NULL;
    return STATUS_OK;
}

void demo_campaign_fini(struct demo_campaign *campaign)
{
    demo_reviewers_stop(campaign->reviewers);
    demo_network_stop(campaign->network, &campaign->network_counts);
    if (!demo_site_stop(&campaign->site)) {
        (void)fprintf(stderr, "hayatctl: the server did not end well: %s/server.log\n",
                      campaign->site.directory);
    }
    free(campaign->people);
    campaign->people = NULL;
}

/* --- what must be true --- */

#define OBLIGATION(name) HAYAT__V1__OBLIGATION_STATE__OBLIGATION_STATE_##name

static Hayat__V1__ObligationState right_end(enum demo_fate fate)
{
    switch (fate) {
    case FATE_DRAFT:
        return OBLIGATION(DRAFT);
    case FATE_NEVER:
        return OBLIGATION(SUSPENDED);
    case FATE_REINSTATED:
        return OBLIGATION(REINSTATED);
    case FATE_EARLY:
    case FATE_RUSH:
    case FATE_GRACE:
    case FATE_PAGE:
    case FATE_BROKEN:
    case FATE_VIDEO:
    case FATE_PAPER:
    case FATE_COUNT:
        break;
    }
    return OBLIGATION(ACCEPTED);
}

const char *demo_campaign_wrong(const struct demo_person_run *person)
{
    const struct demo_pensioner *pensioner = &person->pensioner;
    if (person->failed) {
        return "could not finish";
    }
    if (pensioner->receipts_bad > 0) {
        return "a receipt does not verify";
    }
    if (pensioner->end != right_end(person->fate)) {
        return pensioner->end == OBLIGATION(SUSPENDED) ? "suspended wrongly" : "ended elsewhere";
    }
    /* One at each submission by phone, and both again at the end. */
    if (pensioner->end == OBLIGATION(ACCEPTED) && pensioner->receipts_good < 2) {
        return "a receipt is missing";
    }
    return NULL;
}
