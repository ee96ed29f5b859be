#include "output_accesses.h"

#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "message_json.h"
#include "output.h"

#define ACTOR(name) HAYAT__V1__ACTOR_KIND__ACTOR_KIND_##name

static enum text actor_text(const Hayat__V1__Access *access)
{
    static const enum text texts[] = {
        [ACTOR(UNSPECIFIED)] = TEXT_UNKNOWN,       [ACTOR(SYSTEM)] = TEXT_ACTOR_SYSTEM,
        [ACTOR(ANONYMOUS)] = TEXT_ACTOR_ANONYMOUS, [ACTOR(MEMBER)] = TEXT_ACTOR_MEMBER,
        [ACTOR(AGENT)] = TEXT_ACTOR_AGENT,         [ACTOR(CORE_SYSTEM)] = TEXT_ACTOR_CORE_SYSTEM,
        [ACTOR(PROVIDER)] = TEXT_ACTOR_PROVIDER,   [ACTOR(OPERATOR)] = TEXT_ACTOR_OPERATOR,
    };
    if (access->by_you) {
        return TEXT_ACTOR_YOU;
    }
    return (size_t)access->actor < ARRAY_LEN(texts) ? texts[access->actor] : TEXT_UNKNOWN;
}

/* What the method is about, for those that members meet. */
static bool about(const char *event, enum text *ret_text)
{
    static const struct {
        const char *service;
        enum text text;
    } services[] = {
        {".SessionService/", TEXT_ABOUT_SESSION},
        {".EnrolmentService/", TEXT_ABOUT_ENROLMENT},
        {".UploadService/", TEXT_ABOUT_UPLOAD},
        {".LifeCertificateService/", TEXT_ABOUT_CERTIFICATE},
        {".AgencyService/", TEXT_ABOUT_AGENCY},
        {".ReviewService/", TEXT_ABOUT_REVIEW},
        {".BankAccountService/", TEXT_ABOUT_BANK},
        {".ClaimService/", TEXT_ABOUT_CLAIMS},
        {".PrivacyService/", TEXT_ABOUT_PRIVACY},
        {".NotificationService/", TEXT_ABOUT_NOTIFICATIONS},
        {".OutboxService/", TEXT_ABOUT_NOTIFICATIONS},
        {".FeedService/", TEXT_ABOUT_FEED},
    };
    for (size_t i = 0; i < ARRAY_LEN(services); i++) {
        if (strstr(event, services[i].service) != NULL) {
            *ret_text = services[i].text;
            return true;
        }
    }
    return false;
}

static void print_actor(struct hayat *hayat, const Hayat__V1__Access *access)
{
    (void)fputs(text_get(actor_text(access), hayat->language), stdout);
    if (access->actor_name[0] != '\0') {
        (void)putchar(' ');
        output_safe(stdout, access->actor_name);
    }
    for (size_t i = 0; i < access->n_actor_roles; i++) {
        (void)fputs(i == 0 ? " (" : ", ", stdout);
        output_safe(stdout, access->actor_roles[i]);
    }
    (void)fputs(access->n_actor_roles > 0 ? ")" : "", stdout);
}

/* "AgencyService/FindMember", without the package. */
static const char *short_event(const char *event)
{
    const char *slash = strchr(event, '/'), *start = event;
    for (const char *dot = strchr(event, '.'); slash != NULL && dot != NULL && dot < slash;
         dot = strchr(dot + 1, '.')) {
        start = dot + 1;
    }
    return start;
}

static void print_access(struct hayat *hayat, const Hayat__V1__Access *access)
{
    char time[TIME_TEXT_MAX];
    enum text subject;
    time_text(access->access_time, time);
    (void)printf("  %5lld  %s  ", (long long)access->number, time);
    print_actor(hayat, access);
    (void)fputs(": ", stdout);
    if (about(access->event, &subject)) {
        (void)printf("%s, ", text_get(subject, hayat->language));
    }
    output_safe(stdout, short_event(access->event));
    const char *const rest[] = {access->object_id, access->purpose,
                                strcmp(access->outcome, "OK") == 0 ? "" : access->outcome};
    for (size_t i = 0; i < ARRAY_LEN(rest); i++) {
        (void)fputs(rest[i][0] == '\0' ? "" : ", ", stdout);
        output_safe(stdout, rest[i]);
    }
    (void)putchar('\n');
}

static status print_json(struct access_list list, const size_t *proven)
{
    json_t *accesses = json_array();
    for (size_t i = 0; i < list.count; i++) {
        (void)json_array_append_new(accesses, message_json(&list.accesses[i]->base));
    }
    json_t *root = json_pack("{s:o}", "accesses", accesses);
    if (root != NULL && proven != NULL) {
        (void)json_object_set_new(root, "proven", json_integer((json_int_t)*proven));
    }
    return output_json(root);
}

static void print_verdict(struct hayat *hayat, struct access_list list, size_t proven)
{
    (void)printf("\n%s %zu\n", text_get(TEXT_ACCESSES_PROVEN, hayat->language), proven);
    if (proven < list.count) {
        (void)printf("%zu %s\n", list.count - proven,
                     text_get(TEXT_WAITING_FOR_HEAD, hayat->language));
    }
}

status output_accesses(struct hayat *hayat, struct access_list list, const size_t *proven)
{
    if (hayat->arguments.json != 0) {
        return print_json(list, proven);
    }
    (void)puts(text_get(list.count == 0 ? TEXT_NO_ACCESSES : TEXT_ACCESSES, hayat->language));
    for (size_t i = 0; i < list.count; i++) {
        print_access(hayat, list.accesses[i]);
    }
    if (proven != NULL) {
        print_verdict(hayat, list, *proven);
    }
    return fflush(stdout) == 0 && !ferror(stdout) ? STATUS_OK : FAIL(FILE_UNWRITABLE);
}
