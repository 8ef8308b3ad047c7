"""The public pages: front page, conversation, notice rooms, news and its feeds, questions, privacy, status of a tip."""

from aiohttp import web

from bot.portal import feed, gazetteer, home, news, offline, posts, rooms, status


def setup(app: web.Application) -> None:
    """Add the routes; bot.pages.setup has been called, and the keys of bot/keys.py are set."""
    app.router.add_get("/", home.front)
    app.router.add_get("/chat", home.chat)
    app[gazetteer.ASKING] = gazetteer.allowances()
    app.router.add_get(gazetteer.PATH, gazetteer.look)
    app.router.add_get("/ung-dung.webmanifest", offline.manifest)
    app.router.add_get("/chat-sw.js", offline.worker)
    app.router.add_get("/quyen-rieng-tu", home.privacy)
    app.router.add_get("/bang-tin", rooms.all_rooms)
    app.router.add_get("/bang-tin/{code}", rooms.one_room)
    app.router.add_get("/hoi-dap", posts.all_questions)
    app.router.add_get("/hoi-dap/{id}", posts.one_question)
    app[news.CARDS] = news.Cards()
    app.router.add_get("/tin", news.listed)
    app.router.add_get("/tin.rss", feed.rss)
    app.router.add_get("/tin.atom", feed.atom)
    app.router.add_get("/tin/{id}", news.show)
    app.router.add_get("/tin/{id}/hinh.png", news.picture)
    app.router.add_get("/tin/{id}/the.png", news.card)
    app[status.GUESSES] = status.Guesses()
    app.router.add_get(status.PATH, status.look)
    app.router.add_get(f"{status.PATH}/{{code}}", status.show)
    app.router.add_get(f"{status.PATH}/{{code}}/in", status.paper)
