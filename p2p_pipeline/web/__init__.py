"""What people see in a browser and programs ask over HTTP: parse, check who asks, call `answers/`, print.

Here: pages, the API, live sockets, their guards, words and figures. Not here: any query or arithmetic (p2p/answers/),
anything that changes the stores (p2p/actions/). The service writes nothing.
"""
