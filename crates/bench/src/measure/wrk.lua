-- Sends the requests of a file one after the other, again and again: each is its length, a line feed, and its bytes.
local requests, place = {}, 0

function init(args)
  local file = assert(io.open(args[1], "rb"))
  for length in function() return file:read("*n") end do
    file:read(1)
    requests[#requests + 1] = file:read(length)
  end
end

function request()
  place = place % #requests + 1
  return requests[place]
end
