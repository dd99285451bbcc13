/*! Torana web SDK, Apache-2.0. Commented source: sdk/src */
function failure(message,code=null,description="",data=null){return Object.assign(new Error(message),{code,data,description});}
function $20({effectiveDirective,disposition,blockedURI},directive,host){if(!host||effectiveDirective!==directive||disposition!=="enforce")return null;const $34=directive==="form-action"||`${blockedURI}/`.startsWith(`${new URL(host).origin}/`);if(!$34)return null;return failure("csp_blocked",9002,`The page's CSP needs ${directive} ${host}`);}
function unknown(transactionId){return{transactionId,outcome:"unknown"};}
async function call(host,path,body,signal){const response=await fetch(`${host}/portal/sdk/${path}`,{method:"POST",body:JSON.stringify(body),credentials:"omit",signal,});const{data,errors,message}=await response.json();if(response.ok&&data)return data;const refused=errors&&response.status<500&&response.status!==429;throw Object.assign(failure(refused?errors[0]:"no answer",null,message),{final:refused});}
function $28(host){const why=$2a(host)?$38:`Is ${self.origin} an allowed origin? Does the CSP allow it?`;return `No answer from ${host}. ${why}`;}
const $38="This page is https and the gateway http: browsers block that.";function $2a(host){return /^https:/.test(globalThis.origin) && /^http:/.test(host);}
const KEY="torana.flows";let flows={};function unfinished(){try{flows=JSON.parse(sessionStorage.getItem(KEY))||flows;}catch{}
return flows;}
function remember(transactionId,brokers){const{[transactionId]:entry={flow:$25(),brokers},...others}=unfinished();store({...others,[transactionId]:entry});return entry;}
function forget(transactionId){const{[transactionId]:_,...others}=unfinished();store(others);}
function store(entries){flows=entries;try{sessionStorage.setItem(KEY,JSON.stringify(flows));}catch{}}
function $25(){return Array.from(crypto.getRandomValues(new Uint8Array(16)),(byte)=>byte.toString(16).padStart(2,"0")).join("");}
const $3a=480;const $2f=760;function $17(name){const left = screenX + (outerWidth - $3a) / 2;const top = screenY + Math.max(0, (outerHeight - $2f) / 2);let opened=null;try{opened=window.open("",name,`popup,width=${$3a},height=${$2f},left=${left},top=${top}`);if(!opened||opened.closed)return null;opened.focus();opened.document.documentElement.style.colorScheme="light dark";}catch{}
return opened;}
function $11(opened){const blank=$5(opened);if(!blank||blank.body.firstChild)return;blank.title="Opening …";const words=Object.assign(blank.createElement("p"),{textContent:blank.title});words.style.cssText="margin:40vh 0 0;text-align:center;font:17px system-ui,sans-serif";blank.body.append(words);}
function $5(opened){try{return opened.location.href==="about:blank"?opened.document:null;}catch{return null;}}
function $1a(action,target,fields,within){const from=within||document;const form=Object.assign(from.createElement("form"),{method:"POST",action,target,hidden:true});for(const name in fields){form.append(Object.assign(from.createElement("input"),{name,value:fields[name]}));}
if(within)from.head.append(Object.assign(from.createElement("meta"),{name:"referrer",content:"origin"}));from.documentElement.append(form);form.submit();form.remove();}
function $2b(){return matchMedia("(pointer: coarse)").matches&&Math.min(screen.width,screen.height)<=600;}
const $39=`:host{all:initial !important;--ink:#1a1917;--quiet:#625e56;--paper:#fff;--accent:var(--scdk-accent,#2f3fa0);--on-accent:var(--scdk-on-accent,#fff)}@media (prefers-color-scheme:dark){:host{--ink:#f1f0ed;--quiet:#aba8a1;--paper:#191a1d;--accent:var(--scdk-accent,#a9b4ff);--on-accent:var(--scdk-on-accent,#14151a)}}*{box-sizing:border-box;margin:0;font:inherit}dialog,section{font:15px/24px system-ui,sans-serif;color:var(--quiet);background:var(--paper);border:1px solid #8884;border-radius:16px;box-shadow:0 8px 40px #0003;animation:enter .16s .1s ease-out both}@keyframes enter{from{opacity:0;transform:translateY(8px)}}svg{width:24px;flex:none;fill:none;stroke:var(--accent);stroke-width:2;stroke-linecap:round}h2,button{color:var(--ink);font-weight:600}.actions{display:flex;gap:8px}button{flex:1 0 auto;min-height:44px;padding:0 16px;border:1px solid #0000;border-radius:12px;background:#8882}.primary{background:var(--accent);color:var(--on-accent)}button:hover{opacity:.88}button:focus-visible{outline:2px solid var(--accent);outline-offset:2px}section{position:fixed;z-index:2147483647;left:8px;right:8px;bottom:max(24px,env(safe-area-inset-bottom));max-width:640px;margin:auto;padding:12px;display:flex;flex-wrap:wrap;align-items:center;gap:12px}section .words{flex:1}section p{font-size:13px;line-height:16px}section .actions{flex-direction:row-reverse}dialog{width:400px;max-width:none;margin:auto;padding:32px 24px max(24px,env(safe-area-inset-bottom));text-align:center}dialog svg{width:40px;stroke-width:1.5}dialog h2{font-size:20px;margin:16px 0 8px}dialog .actions{flex-direction:column;margin-top:24px}dialog::backdrop{background:#0a0b0f80}@media (max-width:600px){dialog{width:100%;margin-bottom:0;border-width:1px 0 0;border-radius:20px 20px 0 0}section{bottom:max(8px,env(safe-area-inset-bottom))}section .actions{flex-basis:100%}section svg{display:none}:host(.bar){display:block !important;height:144px !important}}@media (prefers-reduced-motion:reduce){dialog,section{animation-duration:1ms}}`;const MARK=
"M6.5 9.5V21M17.5 9.5V21M4.5 21h4M15.5 21h4M3.8 10.6h16.4" +
"M2.2 4.2c.3 1.9 1.5 2.6 3.3 2.3 4.3-.8 8.7-.8 13 0 1.8.3 3-.4 3.3-2.3";function $18({modal,title,text,actions}){const host=element("div",{className:modal?"":"bar"});const root=host.attachShadow({mode:"closed"});const card=element(modal?"dialog":"section");const words=element("div",{className:"words"});const foot=element("div",{className:"actions"});for(const textContent in actions)foot.append(element("button",{textContent,onclick:actions[textContent]}));if(foot.children[1])foot.firstChild.className="primary";card.setAttribute("aria-labelledby","title");words.setAttribute("role","status");card.append(mark(),words,foot);root.append(card);style(root);(Array.from(document.querySelectorAll("dialog[open]")).pop()||document.documentElement).append(host);const lines=[element("h2",{textContent:title,id:"title"}),element("p",{textContent:text})];const speak=()=>words.append(...lines);if(modal){speak();card.oncancel=(event)=>{event.preventDefault();foot.lastChild.click();};card.showModal();}else{setTimeout(speak,90);}
return()=>{if(modal)card.close();host.remove();};}
function element(tag,properties){return Object.assign(document.createElement(tag),properties);}
function mark(){const svg=document.createElementNS("http://www.w3.org/2000/svg","svg");const path=document.createElementNS(svg.namespaceURI,"path");svg.setAttribute("viewBox","0 0 24 24");path.setAttribute("d",MARK);svg.append(path);return svg;}
function style(root){try{const sheet=new CSSStyleSheet();sheet.replaceSync($39);root.adoptedStyleSheets=[sheet];}catch{root.append(element("style",{textContent:$39}));}}
const told=new EventTarget();function tell(step,transactionId){for(const type of[step,"progress"])told.dispatchEvent(Object.assign(new Event(type),{step,transactionId}));}
function listen(step,listener){told.addEventListener(step,listener);}
function $7(step,listener){told.removeEventListener(step,listener);}
const LOOK=250;const $37=5000;const $2e=40000;const $3=8000;const $30=40;const $0=12;const $4=5;const $26=4000;const $1c=45;const $8=10000;class Flow{constructor(settings,transactionId,brokers,wanted){this.settings=settings;this.wanted=wanted;this.transactionId=transactionId;this.$34=transactionId in unfinished();this.memory=remember(transactionId,brokers);this.stage="opening";this.ending=new AbortController();this.impatient=new Set();this.promise=new Promise((resolve,reject)=>Object.assign(this,{resolve,reject}));this.listen();}
launch(lastTry){const{redirect,returnUrl}=this.settings;this.$13();if(redirect===true||(redirect==="phone"&&$2b()))return this.redirect();const name=`torana_${this.transactionId}`;this.window=$17(name);if(this.window){$11(this.window);this.open(()=>this.submit(name,"",$5(this.window)));this.$1();this.$29();}else if(!lastTry){const actions={"Open window":()=>this.launch(true),Cancel:()=>this.cancel()};const text="Your browser held it back. Nothing happens before you confirm there.";this.show("Open the secure window",text,actions,true);this.tell("window_blocked");}else if(returnUrl){return this.redirect();}else{return this.settle(failure("popup_blocked",9001,"No config.returnUrl to go by redirect."));}
this.watch();}
open(send){this.$14=true;this.pending=()=>{this.pending=null;this.$14=false;send();this.tell("window_opened");if(self!==top)setTimeout(()=>this.$12(),$26);};if(this.$21)this.pending();}
async $12(){if(!this.$33&&!(this.window&&$5(this.window)))return;const state=this.stage==="opening"&&(await this.ask("watch",{since:-1}));if(state)this.take(state);if(!state||this.settled||this.stage!=="opening")return;this.settle(failure("popup_blocked",9001,"The frame's sandbox needs allow-forms, allow-popups."));}
resume(){this.$22=true;this.watch();}
$16(settings,problem){if(!this.$22||this.window||this.$d())return;this.settings=settings;this.hurry();if(problem)this.settle(Object.assign(problem,{data:this.doubt()}));}
redirect(){this.$33=true;this.open(()=>this.submit("_top",new URL(this.settings.returnUrl||"",document.baseURI).href,document));this.watch();}
submit(target,returnUrl,within){const{host,gateway,authToken,amo}=this.settings;const{flow,brokers=""}=this.memory;const{transactionId}=this;const fields={gateway,authToken,transactionId,flow,brokers,amo,returnUrl,origin:self.origin};const isPopUp=within&&within!==document;if(isPopUp)within.addEventListener("securitypolicyviolation",this.refused);$1a(`${host}/portal/open`,isPopUp?"_self":target,fields,within);}
$1(){const look=()=>{if(this.settled)return;if(!this.window.closed)return setTimeout(look,LOOK);this.window=null;this.$13();this.pending=null;this.tell("window_closed");this.$a();};look();}
async $a(){const deadline=Date.now()+ $37;while(this.stage==="opening"&&!this.$14&&!this.settled&&Date.now()<deadline)await this.pause(LOOK);if(!this.window)this.$1b();}
$6(){const{window:opened}=this;const look=()=>{if(opened.closed)return;if(document.hasFocus())opened.close();else setTimeout(look,LOOK);};if(opened)setTimeout(look,$8);}
async watch(){if(this.$15)return;this.$15=true;while(!this.settled&&(this.$14||this.$22||!this.$33)){const{version=0}=this;const asked=Date.now();const isNew=this.wanted&&!version;const state=await this.ask(isNew?"create":"watch",isNew?this.wanted:{since:version});if(isNew&&state&&state.warnings)state.warnings.forEach((text)=>console.warn("scDK:",text));if(this.pending&&state)this.pending();if(state)this.take(state);if(this.version===version&&Date.now()- asked<LOOK)await this.pause(4*LOOK);}
this.$15=false;}
async $1b(sure){const state=await this.ask("close",{sure});if(!state)return;this.take(state);if(state.unsure)this.$19();if(state.unsure&&state.ends)this.$27(0);}
async $27(seconds){while(seconds<$1c){await this.pause(4*LOOK);if(this.settled||this.window||this.stage!=="at_broker")return;seconds=document.hasFocus()?seconds + 1:0;}
this.$1b(true);}
take({version,stage,settled,result,error}){if(this.settled)return;const isNews=stage&&stage!==this.stage;this.version=version||this.version;this.stage=stage||this.stage;if(isNews&&!settled)this.tell(stage);if(settled){forget(this.transactionId);this.settle(error&&failure(error.message,error.code,error.description,error.data),result);}else if(this.$d()){if(isNews)this.$13();if(isNews&&this.window)this.$29();}else if(this.$22&&!this.$34){forget(this.transactionId);this.settle(failure("transaction_in_process",3003,"It runs in another tab."));}else if(this.$22&&!this.window&&!this.hide){const actions={Continue:()=>this.launch(true),Cancel:()=>this.cancel()};this.show("Your transaction is still open","Nothing happens before you confirm.",actions);}}
$d(){return this.stage==="confirmed"||this.stage==="done";}
async ask(path,question){const{transactionId}=this;for(let misses=0;!this.settled;){const{settings}=this;const{host,gateway,authToken}=settings;const body={gateway,authToken,transactionId,flow:this.memory.flow,...question};const controller=new AbortController();const stop=()=>controller.abort();const deadline=setTimeout(stop,$2e);this.impatient.add(stop);try{const answer=await call(host,path,body,controller.signal);this.$21=true;if(settings===this.settings)return answer;}catch(problem){if(problem.final&&settings===this.settings)this.settle(Object.assign(problem,{data:this.doubt()}));}finally{clearTimeout(deadline);this.impatient.delete(stop);}
if(navigator.onLine!==false)misses +=1;if(misses===2&&this.$21===undefined){this.$21=false;console.error("scDK:",$28(host));}
if(this.$14&&!this.$21&&misses>=$4){if(!this.$34)forget(transactionId);this.settle(failure("internal_error",2000,$28(host),this.doubt()));}else if(misses>(this.$21?$30:$0)&&!this.window){this.settle(failure("timed_out",4003,`${$28(host)} Ask your server for the outcome.`,unknown(transactionId)));}
await this.pause(Math.min($3, LOOK * 2 ** misses) * (0.75 + Math.random() / 2));}
return null;}
doubt(){return this.$21||this.$34||this.$22?unknown(this.transactionId):null;}
pause(milliseconds){return new Promise((resolve)=>{this.impatient.add(resolve);setTimeout(resolve,milliseconds);});}
hurry(){this.impatient.forEach((wake)=>wake());this.impatient.clear();}
listen(){const{signal}=this.ending;const hurry=()=>document.hidden||this.hurry();const back=({persisted})=>{if(!persisted||!this.$33)return;this.$34=true;this.pending=null;this.version=0;this.resume();};this.refused=(violation)=>{const blocked=["form-action","connect-src"].map((name)=>$20(violation,name,this.settings.host));const error=blocked.find(Boolean);if(!error||this.stage!=="opening")return;if(this.window)this.window.close();if(this.$33)stop();this.settle(Object.assign(error,{data:this.doubt()}));};addEventListener("online",hurry,{signal});addEventListener("pageshow",back,{signal});document.addEventListener("visibilitychange",hurry,{signal});document.addEventListener("securitypolicyviolation",this.refused,{signal});}
show(title,text,actions,modal){this.$13();this.hide=$18({title,text,actions,modal});}
tell(step){tell(step,this.transactionId);}
$13(){if(this.hide)this.hide();this.hide=null;}
$29(){const actions={"Show it":()=>this.window&&this.window.focus()};if(!this.$d())actions.Cancel=()=>this.cancel();this.show("Continue in the other window","This page goes on when you are done.",actions);}
$19(){if(this.settled)return;this.show("Finish in the other window","This page goes on when you are done.",{Cancel:()=>this.cancel()});}
cancel(){this.$13();this.$22=false;this.$c=true;this.$1b(true);}
settle(error,result){if(this.settled)return;this.settled=true;this.$13();this.ending.abort();this.hurry();this.pending=null;if(error&&this.window&&(this.$c||this.$14))this.window.close();this.$6();this.tell("done");if(error)this.reject(error);else this.resolve(result);}}
const $31=import.meta.url;const $1f="torana_transaction";const ID = /^TRX_\w+$/;const $b = /\/\/(localhost|127\.|\[::1)/;const $1e="This page has no origin: it is a data: address, or its iframe's sandbox lacks allow-same-origin.";let $2c=false;let settings={};let refusal;let running;function $3b(options){if(!$2c&&globalThis.document)document.addEventListener("securitypolicyviolation",$2);$2c=true;const{gateway,config}=options||{};const next={...settings,gateway,authToken:$2d(options)};if(config||!settings.host){const{amo,returnUrl,redirect,host}=config||{};Object.assign(next,{returnUrl,redirect,amo:String(amo)==="true",host:$32(host)});}
if(Object.keys(next).every((name)=>next[name]===settings[name]))return;settings=next;refusal=null;$16(settings);if(!problem())$f().catch(()=>{});}
async function change(options){settings={...settings,authToken:$2d(options)||null};refusal=problem();$16(settings);if(refusal)throw refusal;return $f();}
function trigger(transactionId,brokers){const wrong=problem()||refusal||(!ID.test(transactionId)&&failure("invalid_transactionId",3002));if(wrong)return refused(wrong,transactionId);return start(transactionId,brokers);}
function begin(wanted){const wrong=problem()||refusal;return wrong?Promise.reject(wrong):start(`TRX_${$25()}`,[],{wanted});}
async function asked(path){const wrong=problem()||refusal;if(wrong)throw wrong;const{host,gateway,authToken}=settings;try{return await call(host,path,{gateway,authToken});}catch(error){throw error.final?error:failure("internal_error",2000,$28(host));}}
function start(transactionId,brokers,wanted){if(!$23()){running=new Flow(settings,transactionId,[].concat(brokers||[]).join(),wanted);running.launch();}else if(running.$22&&running.transactionId===transactionId){running.settings=settings;running.launch();}else{if(running.window)running.window.focus();return Promise.reject(failure("transaction_in_process",3003,`${running.transactionId} is not finished.`));}
return running.promise;}
function $36(){if($23())return running.promise;const address=new URL(location.href);const returned=address.searchParams.get($1f);const transactionId=returned||Object.keys(unfinished()).pop();if(!ID.test(transactionId))return null;const wrong=problem()||refusal;if(wrong)return refused(wrong,transactionId);if(returned){address.searchParams.delete($1f);history.replaceState(history.state,"",address);}
running=new Flow(settings,transactionId);running.resume();return running.promise;}
function $2d(options){if($35(options))return options;const{smallcaseAuthToken,userData}=options||{};if(smallcaseAuthToken!==undefined||!userData)return smallcaseAuthToken;return userData.smallcaseAuthToken||userData;}
function $23(){return running&&!running.settled;}
function $16(settings){if($23())running.$16(settings,problem());}
function refused({message,code,description},transactionId){const data=transactionId in unfinished()?unknown(transactionId):null;return Promise.reject(failure(message,code,description,data));}
function problem(){const{host,gateway,authToken}=settings;if(globalThis.origin==="null")return failure("invalid_gateway",null,$1e);if(!$35(gateway))return failure("invalid_gateway");if(!host)return failure("init_sdk",3004,"config.host is needed.");if($2a(host)&&!$b.test(host))return failure("init_sdk",3004,$38);if(authToken===undefined)return failure("init_sdk",3004,"smallcaseAuthToken is needed.");if($35(authToken))return null;return failure("invalid_user_data",null,'smallcaseAuthToken is needed, for guests too: {"guest": true}.');}
function $35(value){return value&&typeof value==="string";}
function $32(configured){try{if (configured) return new URL(configured).href.replace(/\/+$/, "");const{origin,pathname}=new URL($31);return /\/scdk\.m?js$/.test(pathname) && origin;}catch{return null;}}
async function $f(){const mine=settings;const{host,gateway,authToken}=mine;try{const{address,...session}=await call(host,"session",{gateway,authToken});if(address)mine.host=address;return session;}catch(error){await new Promise((resolve)=>setTimeout(resolve));if(error.final&&mine===settings)refusal=error;throw error.final?error:refusal||failure("internal_error",2000,$28(host));}}
function $2(violation){refusal=$20(violation,"connect-src",settings.host)||refusal;}
function $e(userDetails,loginCta){const details={};for(const key of["name","email","contact","pinCode"])details[key]=String((userDetails||{})[key]??"");return begin({intent:"ACCOUNT_OPENING",userDetails:details,loginCta});}
function $10(){return begin({intent:"SHOW_ORDERS"});}
function $24(){return asked("logout");}
const VERSION="0.1.0";const $1d="The module of model baskets is not in this version.";let instance;class scDK{constructor(options){instance=instance||this;$3b(options);return instance;}
get version(){return VERSION;}
init(options){return change(options);}
triggerTransaction(options,_,brokers){return triggered(options,brokers);}
triggerMfTransaction(options){return triggered(options);}
resume(){return $36();}
connect(){return begin({intent:"CONNECT"});}
showOrders(){return $10();}
brokerLogout(){return $24();}
signup(userDetails){return $e(userDetails,false);}
triggerLeadGen(userDetails){return this.signup(userDetails);}
triggerLeadGenWithStatus(userDetails){return this.signup(userDetails);}
triggerLeadGenWithLoginCta(userDetails,_,showLoginCta){return $e(userDetails,showLoginCta!==false);}
on(step,listener){listen(step,listener);return this;}
off(step,listener){$7(step,listener);return this;}
fetchHoldings(){return $9("Your server reads them: GET /v1/{gateway}/engine/user/holdings.");}
triggerSmallcaseOrder(){return $9("Your server creates the order: call triggerTransaction with its transactionId.");}
openSmallplug(){return $9($1d);}
launchSmallplug(){return $9($1d);}}
function triggered(options,third){const{transactionId,brokers}=options||{};return trigger(transactionId||options,brokers||third);}
function $9(description){return Promise.reject(failure("not_supported",null,description));}
const shared = (globalThis[Symbol.for("torana.scdk")] = globalThis[Symbol.for("torana.scdk")] || scDK);
export { shared as default, shared as scDK };
