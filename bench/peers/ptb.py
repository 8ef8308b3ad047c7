"""python-telegram-bot with AIORateLimiter(max_retries=5), all sends gathered: `ptb.py API TOKEN GROUPS TEXT`."""

import asyncio
import sys
from typing import Any

from telegram import Update
from telegram.ext import AIORateLimiter, Application, CommandHandler, ContextTypes


async def answer(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    if update.effective_chat:
        await context.bot.send_message(update.effective_chat.id, "Chào bác")


async def main(api: str, token: str, groups: int, text: str) -> None:
    application: Any = (
        Application.builder()
        .token(token)
        .base_url(f"{api}/bot")
        .rate_limiter(AIORateLimiter(max_retries=5))
        .connection_pool_size(256)
        .pool_timeout(600)
        .build()
    )
    application.add_handler(CommandHandler("start", answer))
    async with application:
        await application.start()
        await application.updater.start_polling(timeout=5)
        sends = [application.bot.send_message(-1 - number, text) for number in range(groups)]
        await asyncio.gather(*sends, return_exceptions=True)
        await asyncio.sleep(3)
        await application.updater.stop()
        await application.stop()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]))
