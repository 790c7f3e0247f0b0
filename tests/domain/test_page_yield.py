"""How long a kind of page is visited in the hope of new pictures."""

from domain.page_yield import Vain, Yields


def visit(yields, family, gain=0, vain=Vain.MORE):
    for each in (family, yields.site):
        each.visited()
        if gain:
            row = each.barren
            each.rewarded(gain, first=True)
            each.confirmed(row)
        else:
            each.in_vain(vain)


def visits_until_spent(yields, family, vain=Vain.MORE):
    number = 0
    while yields.patience_left(family, None) > 0:
        visit(yields, family, vain=vain)
        number += 1
        assert number < 1000
    return number


def test_a_kind_that_brings_nothing_is_spent_soon_and_one_that_brings_something_is_not():
    yields = Yields()
    good, bad = yields.of_family("/photo/#"), yields.of_family("/calendar/#")
    for _ in range(20):
        visit(yields, good, gain=1)

    assert visits_until_spent(yields, bad) <= 8
    assert yields.patience_left(good, None) > 0
    assert good.rate > bad.rate


def test_a_kind_that_brings_something_now_and_then_is_given_time():
    yields = Yields()
    threads = yields.of_family("/thread/#")
    for number in range(200):
        assert yields.patience_left(threads, None) > 0
        visit(yields, threads, gain=int(number % 9 == 5))


def test_pages_that_lead_to_no_more_of_their_kind_are_given_more_time():
    yields = Yields()
    visit(yields, yields.of_family("/photo/#"), gain=1)

    threads = visits_until_spent(yields, yields.of_family("/thread/#"), Vain.LEAF)
    copies = visits_until_spent(yields, yields.of_family("/copy/#"), Vain.KNOWN)

    assert threads >= 25
    assert copies <= 4


def test_what_has_ended_is_spent_after_few_visits():
    yields = Yields()
    listing = yields.of_family("/list?page=")
    for _ in range(50):
        visit(yields, listing, gain=10)

    assert visits_until_spent(yields, listing) <= 10


def test_as_long_as_a_site_has_brought_nothing_at_all_we_are_patient():
    yields = Yields()
    assert visits_until_spent(yields, yields.of_family("/thread/#")) >= 20


def test_new_kinds_are_tried_less_the_longer_the_site_has_brought_nothing():
    yields = Yields()
    visit(yields, yields.of_family("/photo/#"), gain=1)
    tries = [visits_until_spent(yields, yields.of_family(f"/{n}")) for n in range(40)]

    assert tries[0] > tries[3] >= 1
    assert tries[-1] == 0
    assert sum(tries) < 40


def test_copies_at_new_addresses_are_found_out_however_late():
    yields = Yields()
    visit(yields, yields.of_family("/photo/#"), gain=1)
    counters = yields.of_family("/counter/#")
    while yields.patience_left(counters, None) > 0:
        assert counters.tries < 20
        counters.visited()
        counters.rewarded(1, first=True)
        if counters.tries > 3:
            counters.taken_back()


def test_a_new_picture_ends_only_the_row_before_it():
    family = Yields().of_family("/photo/#")
    family.in_vain(Vain.MORE)
    row = family.barren
    family.rewarded(1, first=True)
    family.in_vain(Vain.KNOWN)

    family.confirmed(row)

    assert family.barren == Vain.KNOWN
