"""The pages in three engines: what must be the same in each is tested once, on a contract that all three drivers keep.

engine           the contract: one tab that is led, typed into and asked
chromium_tab     Chromium, by Playwright
firefox_tab      Firefox, by WebDriver BiDi (its own WebSocket)
webkit_tab       WebKitGTK's MiniBrowser on a screen that nobody sees, by WebDriver (HTTP)
browsers         these by name
"""
