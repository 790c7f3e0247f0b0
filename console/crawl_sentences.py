"""Sentences that crawls and checks write down in English, as templates to find them again by.

What is kept is text. Where one of these is worded anew below the console, it is worded anew here,
and until then readers of other languages get it in English.
"""

from typing import Final


def template(english: str) -> str:
    """Mark a sentence as one that catalogues translate."""
    return english


_WARNINGS: Final = (
    template("The last crawl could not read a single page"),
    template("The last %(number)s crawls could not read a single page"),
    template(
        "Open a start page in a browser. If it shows there, ask more slowly or through another "
        "address: vigil site edit %(site)s --rate 10/m, or --proxy."
    ),
    template("Open a start page in a browser. If it has moved, correct the start pages."),
    template("The last crawl died"),
    template("The last %(number)s crawls died"),
    template("Its process ended without a word. What it had seen is kept."),
    template("Its last words are in the file logs/%(site)s.log of VIGIL_DATA."),
    template("No new picture for %(number)s days, since %(day)s"),
    template(
        "Until then, never more than 1 day passed without one. The site may have moved, hidden "
        "its newest pages, or fallen asleep."
    ),
    template(
        "Until then, never more than %(number)s days passed without one. The site may have "
        "moved, hidden its newest pages, or fallen asleep."
    ),
    template("Open its newest page in a browser, and compare it with the start pages."),
    template("%(first)s and %(second)s are not set"),
    template("%(variable)s is not set"),
    template("Nobody is logged in without, so that only what strangers see is crawled."),
    template("Set it where crawls run: in the environment of scheduler.py and of vigil crawl."),
    template("The last crawl was turned away"),
    template(
        "The site kept answering that it is asked too much (429 or 503), so it was asked no more."
    ),
    template("Ask it more slowly: vigil site edit %(site)s --rate 10/m"),
    template("The last %(number)s crawls did not come to their end"),
    template("Give them more time (VIGIL_CRAWL_MINUTES, rate, quiet hours) or fewer pages."),
    template("%(number)s pictures, where %(usual)s are usual"),
    template("1 picture, without having been let in"),
    template("%(number)s pictures, without having been let in"),
    template(
        "Only %(number)s of some %(usual)s pages were reached: a log-in or an age question may "
        "stand before the rest, or the site's addresses have changed."
    ),
    template(
        "Open a start page in a browser, and correct the start pages, cookies, log-in (--login) "
        "or age gate (--age-gate)."
    ),
    template(
        "Its pages are reached as usual, but hardly any pictures are found on them: they may be "
        "built by scripts now, or show a notice in place of their pictures."
    ),
    template("Open a page in a browser, and see whether pictures are on it."),
    template("Its pictures are found as usual, but they do not arrive."),
    template("See the errors of the crawl."),
    template("The commonest trouble: %(why)s"),
    template("What else there is: vigil site check %(site)s"),
)
"""What may be amiss with a site."""

_CRAWLS: Final = (
    template("It was asked to stop."),
    template("It ran into its time limit (VIGIL_CRAWL_MINUTES)."),
    template("It needed too much memory."),
    template("The database could not be written to."),
    template("Another process had given it up for dead."),
    template("Its quiet hours began."),
    template("To ask it more slowly: vigil site edit NAME --rate 10/m"),
    template("An operator told it to stop."),
    template("Scrapy stopped it: %(reason)s."),
    template("No page could be read."),
    template("Its process ended early (%(how)s); what it recorded is kept."),
    template("Its process died without a word; everything it had recorded is kept."),
    template("robots.txt forbade %(number)s of the pages that were asked for."),
)
"""How crawls ended."""

_FETCHES: Final = (
    template("The site did not answer in time."),
    template("The host's name leads nowhere; check its spelling."),
    template("The site is down: it refuses connections."),
    template(
        "It is larger than what is fetched of a page (16 MB), an image (VIGIL_MAX_IMAGE_MB), a "
        "video (VIGIL_MAX_VIDEO_MB) or an archive (VIGIL_MAX_ARCHIVE_MB)."
    ),
    template("The site broke the transfer off half-way."),
    template("The crawl was stopped before it was fetched."),
    template("The crawl ended before it was fetched."),
    template("The connection failed (%(kind)s)."),
    template(
        "The site's robots.txt forbids it. To fetch it all the same: vigil site edit NAME "
        "--ignore-robots REASON"
    ),
    template("The site's robots.txt forbids it."),
    template("It was not asked for, since the robots.txt of its host cannot be read."),
    template("To do without: vigil site edit %(site)s --ignore-robots REASON"),
    template("The site answers %(number)s."),
    template("It is gone: the site answers %(number)s."),
    template("The site answers 304 (unchanged), though it was not asked whether it changed."),
    template("The site answers %(number)s, which says neither that it is there nor that not."),
    template("The site hung up before it had answered."),
    template("The site cannot be reached (%(detail)s)."),
    template("It does not answer as a web server does (%(detail)s)."),
    template("It cannot be reached by https: no encryption could be agreed on (%(detail)s)."),
    template(
        "It did not arrive whole within %(number)s seconds, the time that a site may take for "
        "one answer (VIGIL_ANSWER_SECONDS)."
    ),
    template(
        "Its certificate is not valid: %(detail)s. To accept it all the same: vigil site edit "
        "NAME --accept-bad-certificate REASON"
    ),
    template("It redirects to what may not be fetched."),
    template("It redirects to what is no address."),
    template("It redirects to what is no address of the web."),
    template("It redirects (the site answers %(number)s) without saying where to."),
    template("It redirects what its form sends to an address without encryption."),
    template(
        "%(address)s leads to %(ip)s, which is not a public address, so it was not fetched. For "
        "a practice site of your own, add its host and port to VIGIL_PRACTICE_HOSTS."
    ),
    template("Such a link may have the site do something (%(words)s), so it is never asked for."),
    template("The link is named like an image and leads to a page, which is read as one."),
    template("It did not come anew, to be looked at once more."),
    template("It was sent anew, and could not be looked at."),
    template("It is an archive that holds no picture."),
    template("It is a streamed video that is encrypted, so it cannot be read."),
    template("A piece of a streamed video: %(why)s"),
    template(
        "Videos larger than VIGIL_MAX_VIDEO_MB, of which only the beginning was read: %(number)s."
    ),
    template("%(number)s more image references than are taken from one page."),
    template("%(number)s more links than are taken from one page."),
    template("It would pass an address of this site on to someone else."),
    template("An error of Vigil's own: %(kind)s."),
    template("An error of Vigil's own kept it from being read: %(kind)s."),
    template("the file is empty: 0 bytes"),
    template(
        "the picture is damaged or cut short: %(number)s bytes that begin like one stop making "
        "sense (%(kind)s)"
    ),
    template("%(width)s×%(height)s pixels are too few to hold a picture"),
)
"""Why something was not fetched, or holds no picture."""

_PAGES: Final = (
    template("The log-in failed, and the crawl went on without."),
    template("%(variable)s is not set in the environment of Vigil."),
    template(
        "No log-in form was found on its page: correct the page, or name the form's fields "
        "(vigil site edit %(site)s --login URL --login-user-field NAME --login-password-field "
        "NAME)."
    ),
    template(
        "The site answers %(number)s to user name and password. Are %(user)s and %(password)s "
        "right?"
    ),
    template(
        "The site shows its log-in form again. Are %(user)s and %(password)s right? It may also "
        "want a code, or a script."
    ),
    template(
        "Its form does not say that it is sent by POST, so user name and password would stand in "
        "an address. Nothing was sent."
    ),
    template("Its form is sent to an address without encryption, so nothing was sent."),
    template("Its page redirects to an address without encryption, so nothing was sent."),
    template("The site answers %(number)s for its page."),
    template("Its page could not be fetched."),
    template("The age gate could not be passed, and the crawl went on without."),
    template("The age gate could not be passed."),
    template("It was pressed, the site answered %(number)s, and it stands there still."),
    template("It was pressed in a browser, and it stands there still."),
    template("Only a script says what its button does."),
    template(
        "What stands on it may have the site do something (%(words)s), so it was not pressed."
    ),
    template(
        "Give the cookie that it sets (--cookie), or have the pages opened in a browser "
        "(--render on)."
    ),
    template(
        "A start page shows hardly a picture, and seems to ask for the visitor's age. If it "
        "does: vigil site edit %(site)s --age-gate %(pattern)s"
    ),
    template(
        "A start page shows hardly a picture, and a log-in form. If that stands before the site: "
        "vigil site edit %(site)s --login URL --login-user LOGIN_USER --login-password "
        "LOGIN_PASSWORD"
    ),
    template("It was read without its scripts."),
    template("The browser ended over it."),
    template("Its scripts keep the browser busy without an end, so it was given up."),
    template("It took more than %(number)s MB of the browser's memory, so it was given up."),
    template("Not all of its routes behind # were read."),
    template(
        "Its scripts led away from it to another page. What is not found on it is not taken for "
        "gone."
    ),
    template("Their addresses repeat the same parts over and over: a loop of links."),
)
"""What stood before a page, and how a page was read."""

_LEFT: Final = (
    template("1 page of other kinds was not visited: %(why)s"),
    template("%(number)s pages of other kinds were not visited: %(why)s"),
    template("1 page like %(pattern)s was not visited: %(why)s"),
    template("%(number)s pages like %(pattern)s were not visited: %(why)s"),
    template("they lie over %(number)s links from a start page."),
    template("To go further: vigil site edit %(site)s --max-depth N"),
    template("a crawl of this site reads %(number)s pages, and others promised more."),
    template("To read more: vigil site edit %(site)s --max-pages N"),
    template("the crawl ended before their turn came."),
    template("each is another address of a page that the crawl knows already."),
    template("such a link may have the site do something (%(words)s), so it is never followed."),
    template("such a page of the site's software is about another page, and shows no picture."),
    template("pages around them brought no new picture."),
    template("the one visit there brought no new picture."),
    template("%(number)s visits there brought no new picture."),
    template("of %(number)s visits there, the last ones brought no new picture."),
    template("so many pages wait already that no more were taken."),
    template("Addresses of over %(number)s characters are taken for a trap."),
    template("Addresses of over %(number)s parts are taken for a trap."),
    template("Addresses with over %(number)s parameters are taken for a trap."),
    template("They are a calendar's pages outside of %(number)s to %(usual)s."),
    template("Images asked for anew, to look for registered pictures in them: %(number)s."),
    template("Images asked for anew, since they are known by their whole frame only: %(number)s."),
    template("%(address)s asks for %(number)s seconds between two requests (Crawl-delay)."),
    template("The crawl kept to it."),
    template("The crawl kept to %(number)s seconds, the most that it waits."),
    template("Its scripts asked for %(number)s things in vain."),
    template(
        "The pages of this site are to be opened in a browser (--render on), but %(reason)s: "
        "they were read as they came, and pictures may be missed."
    ),
    template(
        "Pages look as if scripts build them and were to be opened in a browser, but %(reason)s: "
        "they were read as they came, and pictures may be missed."
    ),
    template("To change that: install Chromium, or name one in VIGIL_CHROMIUM (vigil doctor)."),
)
"""Pages that a crawl left out, and notes on the whole of it."""

_CHECKS: Final = (
    template("The check ended by a mistake of the program. Nothing was changed."),
    template("The check could not begin: %(detail)s."),
    template("It ended without a word: its process died. Check again."),
    template("The visit to %(site)s ended without a report (code %(code)s)."),
    template("Correct it: vigil site edit %(site)s --login URL"),
    template("accepted"),
    template("Open the page in a browser."),
    template("Correct it with --url."),
    template("1 page read"),
    template("%(number)s pages read"),
    template("none could be read in time"),
    template("Is the site up?"),
    template("vigil site edit %(site)s --age-gate WORDS"),
    template("%(pattern)s was pressed, and it was passed"),
    template("%(pattern)s stood on no page"),
    template("If the site asks no more: vigil site edit %(site)s --no-age-gate"),
    template("%(pattern)s fits addresses of the site"),
    template("%(pattern)s fits nothing on 1 page"),
    template("%(pattern)s fits nothing on %(number)s pages"),
    template("Compare it with the site's addresses."),
    template("1 picture arrived"),
    template("%(number)s pictures arrived"),
    template("none of 1 image reference became a picture"),
    template("none of %(number)s image references became a picture"),
    template("See the trouble below."),
    template("none was found"),
    template("If a browser shows some: vigil site edit %(site)s --render on"),
    template("failed: %(why)s"),
    template("refused: %(why)s"),
    template("undecodable: %(why)s"),
    template("note: %(why)s"),
    template("%(address)s: %(why)s"),
)
"""What a check of a recipe found."""

TEMPLATES: Final = (*_WARNINGS, *_CRAWLS, *_FETCHES, *_PAGES, *_LEFT, *_CHECKS)
"""All of them. Of several that fit, the first one is meant."""
