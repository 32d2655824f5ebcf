/* Exports that `waitbench compare` reads, CSV and JSON lines. If a file is accepted, the same file
 * cut short anywhere is refused. No case of a file differs from itself. */
#include "fuzz.h"

#include "bench/show/table.h"

/* One store for all inputs, as it only parses JSON: opening one takes longer than reading an
 * export. */
FUZZ_WRAP(store_open);
struct store *__wrap_store_open(const char *path, enum store_mode mode, struct error *error)
{
    static struct store *opened;
    if (!opened)
        opened = __real_store_open(path, mode, error);
    return opened;
}

FUZZ_WRAP(store_close);
void __wrap_store_close(struct store *store)
{
    (void)store;
}

static int read_export(const char *text, size_t size, struct compare_side *side)
{
    struct error error = {0};
    FILE *in = fmemopen((char *)(uintptr_t)text, size, "r");
    assert(in);
    int result = compare_read(in, "export", side, &error);
    fclose(in);
    if (result < 0)
        assert(*error.text && !side->cases && !side->case_count);
    return result;
}

/* Cases that share a table lie together, and no case is there twice. */
static bool is_before(const struct bench_case *a, const struct bench_case *b)
{
    int by_table = case_order(a, b, case_fields_of(CASE_SAME_TABLE));
    return by_table < 0 || (by_table == 0 && case_order(a, b, case_fields_of(CASE_SAME)) < 0);
}

static void check_cases(const struct compare_side *side)
{
    size_t runs = 0;
    for (size_t i = 0; i < side->case_count; i++) {
        const struct compare_case *c = &side->cases[i];
        assert(i == 0 || is_before(&side->cases[i - 1].c, &c->c));
        for (size_t r = 0; r < c->run_count; r++)
            assert(c->runs[r].figure_s >= 0 && c->runs[r].figure_s < 1e9);
        runs += c->run_count + c->invalid_count;
    }
    assert(runs > 0);
}

/* As the command does; pairing may change the sides. */
static void check_comparison(struct compare_side *a, struct compare_side *b, bool paired)
{
    struct comparison comparison;
    char *text;
    size_t size;
    compare_sides(a, "A", b, "B", paired, 0, &comparison);
    assert(comparison.count[COMPARE_NO_PARTNER] + comparison.judged[STATS_FASTER] +
               comparison.judged[STATS_SLOWER] ==
           0);
    FILE *out = open_memstream(&text, &size);
    table_print_comparison(&comparison, GRID_MARKDOWN, out);
    fclose(out);
    assert(size > 0);
    free(text);
    comparison_release(&comparison);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct compare_side side, again;
    char *text = fuzz_copy(data, size);
    if (read_export(text, size, &side) == 0) {
        check_cases(&side);
        assert(read_export(text, (data[size / 2] << 8 | data[size / 3]) % size, &again) < 0);
        assert(read_export(text, size, &again) == 0);
        if (size % 8 == 0) /* the bootstrap takes longer than the rest */
            check_comparison(&side, &again, size % 16 == 0);
        compare_side_release(&side);
        compare_side_release(&again);
    }
    free(text);
    return 0;
}
