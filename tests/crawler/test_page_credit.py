"""What counts as a new picture: not a smaller size of one that was met, nor what a sheet draws."""

import pytest

from crawler.errands import Errand, Leads
from crawler.page_credit import PageCredit
from domain.page_yield import Yields

AT = "http://site.example"


@pytest.fixture
def brought():
    """Have pages of two families bring images, and say how many of each page's count as new."""
    yields = Yields()
    credit = PageCredit(yields)

    def bring(family, *images, decorates=False):
        errand = Errand(f"{AT}/{family}", 1, family, yields.of_family(family), None)
        addresses = [AT + image for image in images]
        credit.brought(errand, addresses, (), Leads(), decorates=decorates)
        return errand.gain

    return bring


def test_a_larger_size_of_a_picture_is_new_and_a_smaller_one_is_not(brought):
    assert brought("list", "/thumb/boat.jpg", "/thumb/beach.jpg") == 2
    assert brought("photo", "/boat.jpg") == 1
    assert brought("middle", "/boat-640x480.jpg", "/beach-640x480.jpg") == 1  # the beach
    assert brought("small", "/boat-320x240.jpg", "/beach-320x240.jpg") == 0


def test_two_originals_of_one_name_are_two_pictures(brought):
    assert brought("photo", "/a/1.jpg", "/b/1.jpg", "/1.jpg?id=1", "/1.jpg?id=2") == 4


def test_what_a_style_sheet_draws_is_no_picture_to_look_for(brought):
    assert brought("sheet", "/d/button.png", "/d/sky.jpg", decorates=True) == 0
    assert brought("photo", "/d/sky.jpg") == 0  # it is met, and asked for, all the same
