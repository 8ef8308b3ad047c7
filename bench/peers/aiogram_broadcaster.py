"""aiogram-broadcaster as it comes, its interval left at none: `aiogram_broadcaster.py API TOKEN GROUPS TEXT`."""

import asyncio
import sys

# This file has the name of the package it tries: without its own folder on the path the package is found.
sys.path.pop(0)

from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import CommandStart
from aiogram.types import Message
from aiogram_broadcaster import Broadcaster
from aiogram_broadcaster.contents import TextContent


async def answer(message: Message) -> None:
    await message.answer("Chào bác")


async def main(api: str, token: str, groups: int, text: str) -> None:
    bot = Bot(token, session=AiohttpSession(api=TelegramAPIServer.from_base(api)))
    dispatcher = Dispatcher()
    dispatcher.message.register(answer, CommandStart())
    polling = asyncio.create_task(dispatcher.start_polling(bot, polling_timeout=5, handle_signals=False))
    broadcaster = Broadcaster(bot)
    broadcaster.setup(dispatcher, restore_mailers=False)
    mailer = await broadcaster.create_mailer(
        chats=[-1 - number for number in range(groups)], content=TextContent(text=text)
    )
    await mailer.start()
    await asyncio.sleep(3)
    polling.cancel()
    await asyncio.gather(polling, return_exceptions=True)
    await bot.session.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]))
