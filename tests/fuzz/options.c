/* Command lines: the first line of an input names a program or a command ("waitbench run"), the
 * others are its words. They are only parsed. Integers are in the range of their rows, parsing the
 * same words again has the same result, and an address is read back from its text. If the first
 * line names a lesson, the others override options of its cases, which are planned. */
#include "fuzz.h"

#include <netdb.h>

#include "bench/cli/command.h"
#include "bench/drive/lesson_run.h"
#include "drivers/external.h"
#include "server/options.h"

enum { TARGET_BYTES = 16 * 1024, WORDS_MAX = 64 };

/* Drivers are not probed (some start a program), none is created for a path (they are never freed),
 * and host names are not resolved. */
FUZZ_WRAP(driver_usable);
int __wrap_driver_usable(const struct driver *driver, unsigned concurrency, struct error *error)
{
    (void)driver, (void)concurrency, (void)error;
    return 0;
}

FUZZ_WRAP(external_find);
const struct driver *__wrap_external_find(const char *name)
{
    (void)name;
    return NULL;
}

FUZZ_WRAP(getaddrinfo);
int __wrap_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
                       struct addrinfo **out)
{
    struct addrinfo numeric = *hints;
    numeric.ai_flags |= AI_NUMERICHOST;
    return __real_getaddrinfo(host, service, &numeric, out);
}

FUZZ_WRAP(net_addresses_parse);
int __wrap_net_addresses_parse(const char *text, struct net_addresses *out, struct error *error)
{
    char written[NET_ADDRESS_TEXT_BYTES];
    struct net_addresses again;
    if (__real_net_addresses_parse(text, out, error) < 0)
        return -1;
    const struct net_address *address = &out->items[0];
    assert(out->count == 1 && *address->authority);
    assert(__real_net_addresses_parse(net_address_format(address, written), &again, error) == 0);
    assert(net_address_port(address) > 0);
    assert(net_address_port(address) == net_address_port(&again.items[0]));
    assert(address->storage.ss_family == again.items[0].storage.ss_family);
    return 0;
}

static const struct option_table *find_table(const char *program)
{
    for (size_t i = 0; commands[i]; i++)
        if (!strcmp(commands[i]->options->program, program))
            return commands[i]->options;
    return &randintd_option_table;
}

static bool in_range(const struct option_row *row, const char *field)
{
    uint64_t value = 0;
    memcpy(&value, field, row->size); /* little-endian */
    size_t words = 0;
    while (row->words && row->words[words].name)
        words++;
    switch (row->type) {
    case OPTION_FLAG: return value <= 1;
    case OPTION_WORD: return value < words;
    case OPTION_COUNT:
    case OPTION_BYTES:
    case OPTION_TIME:
        return (int64_t)value >= row->min && (!row->max || (int64_t)value <= row->max);
    default: return true;
    }
}

/* Fields that options have set are in range. */
static void check_fields(const struct option_table *table, const char *target, const char *initial)
{
    struct option_entry entries[OPTIONS_MAX];
    size_t n = options_list(table, entries) - 1; /* but --help */
    for (size_t i = 0; i < n; i++) {
        const struct option_row *row = entries[i].row;
        size_t at = entries[i].offset + row->offset, count = 1;
        if (row->list_max)
            memcpy(&count, target + entries[i].offset + row->list_count, sizeof(count));
        assert(!row->list_max || count <= row->list_max);
        for (size_t k = 0; k < count && row->size <= sizeof(uint64_t); k++, at += row->size)
            assert(in_range(row, target + at) || !memcmp(target + at, initial + at, row->size));
    }
}

static void check_parse(const struct option_table *table, int argc, char **argv)
{
    char *initial = calloc(1, TARGET_BYTES), *first = calloc(1, TARGET_BYTES),
         *second = calloc(1, TARGET_BYTES);
    struct error error = {0};
    int rest = 0, again = 0;
    assert(options_init(table, initial, &error) == 0);
    enum options_result result = options_parse(table, first, argc, argv, &rest, &error);
    if (result == OPTIONS_OK) {
        check_fields(table, first, initial);
        assert(rest >= 1 && rest <= argc && argc - rest <= table->words);
        assert(options_parse(table, second, argc, argv, &again, &error) == OPTIONS_OK);
        assert(again == rest && !memcmp(first, second, TARGET_BYTES));
    } else {
        assert(*error.text && strlen(error.text) < sizeof(error.text));
    }
    free(initial);
    free(first);
    free(second);
}

static void check_lesson(const struct lesson *lesson, int argc, char **argv)
{
    struct lesson_overrides overrides = {.count = 0};
    struct campaign campaign;
    struct error error = {0};
    for (int i = 1; i < argc && overrides.count < LESSON_OVERRIDES_MAX; i++)
        overrides.items[overrides.count++] = argv[i];
    if (lesson_plan(lesson, &overrides, &campaign, &error) < 0) {
        assert(*error.text);
        return;
    }
    assert(campaign.plan.case_count == lesson_variants(lesson));
    for (size_t i = 0; i < campaign.plan.case_count; i++)
        assert(case_expected(&campaign.plan.cases[i]) >= 0);
    plan_release(&campaign.plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size), *rest = text, *argv[WORDS_MAX + 1];
    int argc = 0;
    while (rest && argc < WORDS_MAX) {
        char *word = strsep(&rest, "\n");
        argv[argc++] = fuzz_text(word, strlen(word));
    }
    argv[argc] = NULL;
    const struct lesson *lesson = lesson_find(argv[0]);
    if (lesson)
        check_lesson(lesson, argc, argv);
    else
        check_parse(find_table(argv[0]), argc, argv);
    while (argc > 0)
        free(argv[--argc]);
    free(text);
    return 0;
}
