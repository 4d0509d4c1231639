// Asks one question on a session that the bench itself holds.
import { once } from 'node:events'
import { isRight, type Answers } from './answers.js'
import { RequestTemplate } from './request-template.js'
import type { Session } from './subject.js'

const template = new RequestTemplate(0)
let triplet = 0

/** Asks about a triplet that nobody knows. @throws Error if the answer is not right */
export async function askAboutNewTriplet(session: Session, answers: Answers): Promise<void> {
  template.set((triplet += 1), triplet)
  const answer = await ask(session, template.bytes.toString('latin1'))
  if (!isRight(answer, answers.toNew))
    throw new Error(`the answer to a new triplet was ${JSON.stringify(answer)}`)
}

/** Sends a request and returns the whole answer. @throws Error if the session ends without one */
export function ask({ socket }: Session, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const take = (piece: Buffer): void => {
      answer += piece.toString('latin1')
      if (!answer.endsWith('\n\n')) return
      socket.off('data', take).off('close', fail).pause()
      resolve(answer)
    }
    const fail = (): void => {
      reject(new Error('the session ended without an answer'))
    }
    socket.on('data', take).on('close', fail).resume().write(request, 'latin1')
  })
}

/** Ends the session. @throws Error if anything came after the answer, or the process did not end well */
export async function endSession(session: Session): Promise<void> {
  const { socket } = session
  let rest = ''
  const closed = once(socket, 'close')
  socket.on('data', (piece: Buffer) => (rest += piece.toString('latin1'))).end()
  await closed
  if (rest !== '') throw new Error(`after the answer came ${JSON.stringify(rest)}`)
  await session.ended()
}
