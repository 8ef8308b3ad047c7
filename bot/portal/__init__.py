"""The public pages: front page, conversation, notice rooms, questions and answers, privacy, where a tip stands."""

from aiohttp import web

from bot.portal import home, posts, rooms, status


def setup(app: web.Application) -> None:
    """Add the routes; bot.pages.setup has been called, and the keys of bot/keys.py are set."""
    app.router.add_get("/", home.front)
    app.router.add_get("/chat", home.chat)
    app.router.add_get("/quyen-rieng-tu", home.privacy)
    app.router.add_get("/bang-tin", rooms.all_rooms)
    app.router.add_get("/bang-tin/{code}", rooms.one_room)
    app.router.add_get("/hoi-dap", posts.all_questions)
    app.router.add_get("/hoi-dap/{id}", posts.one_question)
    app[status.GUESSES] = status.Guesses()
    app.router.add_get(status.PATH, status.look)
    app.router.add_get(f"{status.PATH}/{{code}}", status.show)
    app.router.add_get(f"{status.PATH}/{{code}}/in", status.paper)
