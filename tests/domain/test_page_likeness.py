"""Pages that link to the same things are told from those that do not."""

from domain.page_likeness import likeness, nearly_identical, sketch


def links(numbers):
    return [f"https://album.example/{number}" for number in numbers]


def test_the_likeness_of_small_sets_is_exact():
    assert likeness(sketch(links(range(30))), sketch(links(range(10, 40)))) == 0.5
    assert likeness(sketch(links(range(30))), sketch(links(range(30)))) == 1.0
    assert likeness(sketch(links(range(30))), sketch(links(range(50, 60)))) == 0.0
    assert likeness(sketch([]), sketch([])) == 1.0


def test_the_likeness_of_large_sets_is_close():
    found = likeness(sketch(links(range(4000))), sketch(links(range(2000, 6000))))
    assert abs(found - 1 / 3) < 0.15


def test_a_page_whose_next_link_alone_differs_is_nearly_identical():
    menu = list(range(40))
    assert nearly_identical(sketch(links([*menu, 1000])), sketch(links([*menu, 1001])))
    assert not nearly_identical(sketch(links(menu)), sketch(links([*menu, *range(100, 110)])))


def test_pages_with_next_to_nothing_on_them_are_never_taken_for_one():
    assert not nearly_identical(sketch(links([1])), sketch(links([1])))
